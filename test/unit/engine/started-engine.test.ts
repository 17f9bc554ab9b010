import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ZxCommandRunner } from '../../../src/process/zx-command-runner.ts';
import { observeProcess } from '../../../src/process/process-identity.ts';
import { observeStartedEngine, startEngine, stopStartedEngine } from '../../../src/engine/started-engine.ts';

const fakes = fileURLToPath(new URL('../../bin', import.meta.url));
const path = `${fakes}:${dirname(process.execPath)}:${process.env['PATH']}`;
const commands = new ZxCommandRunner({ env: { PATH: path } });
let engineFolder: string;

beforeEach(async () => {
  engineFolder = await mkdtemp(join(tmpdir(), 'engine-'));
});
afterEach(async () => {
  await stopStartedEngine(engineFolder);
  await rm(engineFolder, { recursive: true });
});

function start(args: readonly string[] = [], signal = new AbortController().signal): Promise<string> {
  const socketPath = join(engineFolder, 'docker.sock');
  const endpoint = { url: `unix://${socketPath}`, socketPath, tlsFolder: undefined, source: 'default' };
  return startEngine({ commands, endpoint, args, engineFolder }, { signal, report: () => {} });
}

test('an engine is started detached, found again and stopped once', async () => {
  expect(await start(['--iptables=false'])).toBe('99.1');
  expect(await readFile(join(engineFolder, 'dockerd.log'), 'utf8')).toContain('--iptables=false');
  const identity = await observeStartedEngine(engineFolder);
  expect(identity).toBeDefined();
  expect(await stopStartedEngine(engineFolder)).toBe(true);
  expect(await observeProcess(identity?.pid ?? 0)).toBeUndefined();
  expect(await stopStartedEngine(engineFolder)).toBe(false);
});

test('an engine that ends at once is a Failure with the end of its log', async () => {
  await expect(start(['--fake-fault=exit'])).rejects.toMatchObject({
    code: 'engine',
    message: 'dockerd ended at once',
    details: [expect.stringContaining('--fake-fault=exit')],
  });
  expect(await observeStartedEngine(engineFolder)).toBeUndefined();
});

test('an engine that never answers is stopped when the run is cancelled', async () => {
  const controller = new AbortController();
  const starting = start(['--fake-fault=mute'], controller.signal);
  const outcome = starting.catch((error: unknown) => error);
  let identity = await observeStartedEngine(engineFolder);
  while (identity === undefined) identity = await observeStartedEngine(engineFolder);
  controller.abort();
  expect(await outcome).toMatchObject({ name: 'AbortError' });
  expect(await observeProcess(identity.pid)).toBeUndefined();
});

test('a process that got the id of an engine of old is not touched', async () => {
  const own = await observeProcess(process.pid);
  await writeFile(join(engineFolder, 'engine.json'), JSON.stringify({ pid: own?.pid, startedTicks: '1' }));
  expect(await observeStartedEngine(engineFolder)).toBeUndefined();
  expect(await stopStartedEngine(engineFolder)).toBe(false);
});
