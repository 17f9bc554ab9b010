import { createServer, type Server } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  type EngineHost,
  type EngineMeans,
  ensureContainerEngine,
} from '../../../src/engine/container-engine.ts';
import { engineRemedy } from '../../../src/engine/engine-trouble.ts';
import { ProgramAnswers } from '../../fakes/program-answers.ts';

const task = { signal: new AbortController().signal, report: () => {} };
const debianRoot: EngineHost = {
  system: 'linux',
  isRoot: true,
  osRelease: 'ID=debian\nVERSION_CODENAME=bookworm\n',
  initProgram: 'sh',
  missingCapabilities: [],
};
let folder: string;
let commands: ProgramAnswers;
let servers: Server[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'engine-'));
  commands = new ProgramAnswers();
  servers = [];
});
afterEach(async () => {
  for (const server of servers) await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true });
});

function deps(change: Partial<EngineMeans> = {}): EngineMeans {
  const socketPath = join(folder, 'docker.sock');
  return {
    commands,
    consent: async () => true,
    host: debianRoot,
    endpoint: { url: `unix://${socketPath}`, socketPath, tlsFolder: undefined, source: 'default' },
    engineFolder: join(folder, 'engine'),
    boundedRuntime: () => Promise.reject(new Error('the bounded runtime is not needed here')),
    ...change,
  };
}

async function engineAnswers(): Promise<void> {
  const server = createServer((_, response) => response.end('{"Version":"28.0","ApiVersion":"1.48"}'));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(join(folder, 'docker.sock'), resolve));
}

test('an engine that runs is used as it is: nothing is started', async () => {
  await engineAnswers();
  expect(await ensureContainerEngine(deps(), task)).toMatchObject({ version: '28.0', origin: 'running' });
  expect(commands.calls).toEqual([]);
});

test('a missing one is installed with the packages of the distribution; one that the package starts is used', async () => {
  commands
    .answer('apt-get', '')
    .answer('dpkg --configure -a', '')
    .answer('apt-get -o DPkg::Lock::Timeout=120 install', async () => {
      await engineAnswers();
      return '';
    });
  expect(await ensureContainerEngine(deps(), task)).toMatchObject({ version: '28.0', origin: 'installed' });
  expect(commands.calls).toEqual([
    'apt-get -o DPkg::Lock::Timeout=120 update',
    'dpkg --configure -a',
    'apt-get -o DPkg::Lock::Timeout=120 install -y --no-install-recommends docker.io iptables',
  ]);
});

test('a missing one that must not be installed is a Failure with the command to run', async () => {
  await expect(ensureContainerEngine(deps({ consent: async () => false }), task)).rejects.toMatchObject({
    code: 'prerequisite',
    hint: 'apt-get update && apt-get install -y --no-install-recommends docker.io iptables',
  });
  expect(commands.calls).toEqual([]);
});

test('one that is installed and does not run is started by us where no init system does it', async () => {
  commands.install('dockerd');
  // It never writes its id: enough to see what would be run.
  commands.answer('setsid --fork sh', () => Promise.reject(new Error('seen')));
  await expect(ensureContainerEngine(deps({ dockerdArgs: ['--x'] }), task)).rejects.toThrow('seen');
  expect(commands.calls[0]).toMatch(/dockerd --host unix:\/\/\S+docker\.sock --x$/);
});

test('the bounded runtime is made first where root is short of capabilities', async () => {
  commands.install('dockerd');
  const host = { ...debianRoot, missingCapabilities: ['CAP_SYS_RESOURCE'], initProgram: 'systemd' };
  await expect(ensureContainerEngine(deps({ host }), task)).rejects.toThrow('bounded runtime');
  expect(commands.calls).toEqual([]);
});

test('an endpoint that somebody chose is never served by an engine of ours', async () => {
  commands.install('dockerd');
  const endpoint = { ...deps().endpoint, source: 'DOCKER_HOST' };
  await expect(ensureContainerEngine(deps({ endpoint }), task)).rejects.toMatchObject({
    code: 'engine',
    message: expect.stringContaining('(DOCKER_HOST)'),
  });
});

test.each([
  ['macOS', { system: 'darwin' }, false, 'Start Docker Desktop, OrbStack or colima.'],
  ['systemd, not root', { isRoot: false, initProgram: 'systemd' }, true, 'sudo systemctl start docker'],
  [
    'Ubuntu, not root',
    { isRoot: false, osRelease: 'ID=ubuntu\nID_LIKE=debian' },
    false,
    'sudo apt-get update',
  ],
  ['Fedora', { osRelease: 'ID=fedora' }, false, "Install Docker from your distribution's packages"],
])('on %s the remedy fits', async (_, change, isInstalled, remedy) => {
  const host = { ...debianRoot, ...change };
  expect(engineRemedy(host, isInstalled)).toContain(remedy);
  if (isInstalled) commands.install('dockerd');
  await expect(ensureContainerEngine(deps({ host }), task)).rejects.toMatchObject({
    code: 'engine',
    hint: expect.stringContaining(remedy),
  });
});

test('an engine that hangs is never served by another one', async () => {
  commands.install('dockerd');
  const server = createServer(() => undefined);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(join(folder, 'docker.sock'), resolve));
  await expect(ensureContainerEngine(deps(), task)).rejects.toMatchObject({
    code: 'prerequisite',
    message: expect.stringContaining('does not answer: gave no answer to GET /version within 5 s'),
  });
  server.closeAllConnections();
  expect(commands.calls).toEqual([]);
});
