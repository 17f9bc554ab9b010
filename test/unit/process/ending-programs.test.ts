// Real families of processes, ended by the runner.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CommandEnd } from '../../../src/process/command-end.ts';
import { ZxCommandRunner } from '../../../src/process/zx-command-runner.ts';
import { failureOf } from '../../support/failure-of.ts';

const env = { PATH: process.env['PATH'], HOME: tmpdir() };
const runner = new ZxCommandRunner({ env, killGraceMs: 300 });
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'runner-'));
});
afterAll(() => rm(folder, { recursive: true }));

// A zombie is dead: whether it is collected is the business of the first process of the machine.
async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return stat !== undefined && stat.slice(stat.lastIndexOf(')') + 2)[0] !== 'Z';
}

async function contentOf(file: string): Promise<string> {
  for (let round = 0; round < 250; round++) {
    const text = await readFile(file, 'utf8').catch(() => '');
    if (text !== '') return text;
    await sleep(20);
  }
  throw new Error(`${file} was not written within 5 s`);
}

async function isGone(pid: number): Promise<boolean> {
  for (let round = 0; round < 100 && (await isAlive(pid)); round++) await sleep(20);
  return !(await isAlive(pid));
}

describe('ending', () => {
  // The grandchild ignores SIGTERM and holds the output open; the child dies of SIGTERM at once.
  const family = (pidFile: string) => ({
    program: 'sh',
    args: ['-c', `sh -c 'trap "" TERM; echo $$ > ${pidFile}; while :; do sleep 0.05; done' & wait`],
  });

  test('an abort ends the whole group, those too that ignore SIGTERM', async () => {
    const pidFile = join(folder, 'abort.pid');
    const controller = new AbortController();
    const running = failureOf(runner.run({ ...family(pidFile), signal: controller.signal }));
    const pid = Number(await contentOf(pidFile));
    controller.abort();
    expect(await running).toMatchObject({ code: 'interrupted', cause: { reason: 'interrupted' } });
    expect(await isGone(pid)).toBe(true);
  });

  test('a program that goes on printing is at work, one that has gone silent is ended', async () => {
    const talks = 'for i in 1 2 3 4 5 6; do echo $i; sleep 0.5; done';
    const limit = { quietMs: 2_000 };
    expect((await runner.run({ program: 'sh', args: ['-c', talks], ...limit })).stdout).toMatch(/6\n$/);
    const silent = runner.run({ program: 'sh', args: ['-c', 'echo begun; sleep 60'], quietMs: 500 });
    expect(await failureOf(silent)).toMatchObject({
      code: 'timeout',
      message: expect.stringContaining('it had printed nothing for 0.5 s'),
      details: ['begun'],
    });
  });

  test('no program runs without a limit: a runner has one for those that name none', async () => {
    const impatient = new ZxCommandRunner({ env, killGraceMs: 300, quietMs: 300 });
    const failure = await failureOf(impatient.run({ program: 'sleep', args: ['60'] }));
    expect(failure.code).toBe('timeout');
  });

  test('what still runs when its runner is disposed of is ended, and nothing is started any more', async () => {
    const pidFile = join(folder, 'disposed.pid');
    const disposed = new ZxCommandRunner({ env, killGraceMs: 300 });
    const running = failureOf(disposed.run(family(pidFile)));
    const pid = Number(await contentOf(pidFile));
    await disposed[Symbol.asyncDispose]();
    expect(await isGone(pid)).toBe(true);
    expect((await running).code).toBe('interrupted');
    expect((await failureOf(disposed.run({ program: 'true', args: [] }))).code).toBe('interrupted');
  });

  test('so does a time-out', async () => {
    const pidFile = join(folder, 'timeout.pid');
    const failure = await failureOf(runner.run({ ...family(pidFile), timeoutMs: 400 }));
    expect(failure).toMatchObject({ code: 'timeout', cause: { reason: 'timeout' } });
    expect(failure.message).toContain('had not finished after 0.4 s');
    expect(await isGone(Number(await contentOf(pidFile)))).toBe(true);
  });

  test('a program that has closed its output is not left behind either', async () => {
    const pidFile = join(folder, 'quiet.pid');
    const controller = new AbortController();
    const quiet = `sh -c 'exec >/dev/null 2>&1; trap "" TERM; echo $$ > ${pidFile}; while :; do sleep 0.05; done' & wait`;
    const running = failureOf(runner.run({ program: 'sh', args: ['-c', quiet], signal: controller.signal }));
    const pid = Number(await contentOf(pidFile));
    controller.abort();
    await running;
    expect(await isGone(pid)).toBe(true);
  });

  test('a program is given the time to end by itself', async () => {
    const marker = join(folder, 'tidy');
    const ready = join(folder, 'ready');
    const controller = new AbortController();
    const source = `trap 'echo tidied > ${marker}; exit 0' TERM; echo 1 > ${ready}; while :; do sleep 0.02; done`;
    const running = failureOf(runner.run({ program: 'sh', args: ['-c', source], signal: controller.signal }));
    await contentOf(ready);
    controller.abort();
    expect((await running).code).toBe('interrupted');
    expect(await readFile(marker, 'utf8')).toBe('tidied\n');
  });

  test('a signal that is aborted already starts nothing', async () => {
    const marker = join(folder, 'never');
    const failure = await failureOf(
      runner.run({ program: 'touch', args: [marker], signal: AbortSignal.abort() }),
    );
    expect(failure.cause).toBeInstanceOf(CommandEnd);
    await expect(readFile(marker)).rejects.toThrow('ENOENT');
  });
});
