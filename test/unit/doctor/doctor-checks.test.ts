import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Failure } from '../../../src/failure.ts';
import { type DoctorMeans, observePrerequisites } from '../../../src/doctor/doctor-checks.ts';
import { ProgramAnswers } from '../../fakes/program-answers.ts';

const { signal } = new AbortController();

function deps(change: Partial<DoctorMeans> = {}): DoctorMeans {
  return {
    commands: new ProgramAnswers(),
    host: {
      system: 'linux',
      isRoot: true,
      osRelease: 'ID=debian',
      initProgram: 'sh',
      missingCapabilities: [],
    },
    endpoint: {
      url: 'unix:///nonexistent.sock',
      socketPath: '/nonexistent.sock',
      tlsFolder: undefined,
      source: 'default',
    },
    engineFolder: '/nonexistent',
    cacheFolder: join(tmpdir(), 'not', 'yet', 'there'),
    source: 'packages',
    ports: [],
    memoryBytes: 8 * 1024 ** 3,
    ...change,
  };
}

test('whatever is not well has a remedy, and what is well has none', async () => {
  const checks = await observePrerequisites(deps(), signal);
  for (const { verdict, remedy } of checks) expect(remedy === undefined).toBe(verdict === 'ok');
  expect(checks.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      'container engine',
      'capabilities',
      'kind',
      'helm',
      'go',
      'mmdebstrap',
      'disk space',
      'memory',
    ]),
  );
});

test('an engine that does not answer is missing, with the command that installs it', async () => {
  const [engine] = await observePrerequisites(deps(), signal);
  expect(engine).toMatchObject({
    verdict: 'missing',
    remedy: expect.stringContaining('apt-get install -y --no-install-recommends docker.io iptables'),
  });
});

test('too little memory is told', async () => {
  const checks = await observePrerequisites(deps({ memoryBytes: 2 * 1024 ** 3 }), signal);
  expect(checks.find(({ name }) => name === 'memory')).toMatchObject({
    verdict: 'missing',
    found: '2.0 GiB',
  });
});

test.each([
  [true, 'sysctl fs.inotify.max_user_instances=512'],
  [false, 'sudo sysctl fs.inotify.max_user_instances=512'],
])(
  'too few inotify instances are told, with the command that raises them (root: %s)',
  async (isRoot, remedy) => {
    const inotifyFolder = await mkdtemp(join(tmpdir(), 'slipway-inotify-'));
    onTestFinished(() => rm(inotifyFolder, { recursive: true }));
    await writeFile(join(inotifyFolder, 'max_user_instances'), '128\n');
    await writeFile(join(inotifyFolder, 'max_user_watches'), '524288\n');
    const { host } = deps();
    const checks = await observePrerequisites(deps({ inotifyFolder, host: { ...host, isRoot } }), signal);
    expect(checks.filter(({ name }) => name.startsWith('inotify'))).toEqual([
      { name: 'inotify max_user_watches', verdict: 'ok', found: '524288', remedy: undefined },
      { name: 'inotify max_user_instances', verdict: 'warn', found: '128', remedy },
    ]);
  },
);

test('a port that is taken is told apart from a free one', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const ports = [{ name: 'http', address: '127.0.0.1', port }];
  const verdict = async () =>
    (await observePrerequisites(deps({ ports }), signal)).find(({ name }) => name.startsWith('port'))
      ?.verdict;
  expect(await verdict()).toBe('warn');
  await new Promise((resolve) => server.close(resolve));
  expect(await verdict()).toBe('ok');
});

/** Verdicts of what is about tools, by name. */
async function toolVerdicts(change: Partial<DoctorMeans>): Promise<Record<string, string>> {
  const names = ['kind', 'helm', 'go', 'kubectl', 'mmdebstrap', 'docker CLI'];
  const checks = await observePrerequisites(deps(change), signal);
  return Object.fromEntries(
    checks.filter(({ name }) => names.includes(name)).map(({ name, verdict }) => [name, verdict]),
  );
}

test('where registries answer, kind, helm and the docker CLI are all that is asked for', async () => {
  const commands = new ProgramAnswers(['kind', 'helm', 'docker'])
    .answer('/fake/bin/kind', 'kind v0.33.0')
    .answer('/fake/bin/helm', 'v3.18.0');
  expect(await toolVerdicts({ commands, source: 'registry' })).toEqual({
    ...{ kind: 'ok', helm: 'ok', 'docker CLI': 'ok' },
  });
});

test('a kind that is missing without Go is missing, whatever answers', async () => {
  const commands = new ProgramAnswers(['docker']);
  expect(await toolVerdicts({ commands, source: 'registry' })).toMatchObject({
    kind: 'missing',
    helm: 'warn',
  });
});

test('where all is made from packages, no Go is missing, and so is an mmdebstrap that nobody may install', async () => {
  const host = { ...deps().host, isRoot: false };
  expect(await toolVerdicts({ host, source: 'packages' })).toMatchObject({
    ...{ go: 'missing', mmdebstrap: 'missing', 'docker CLI': 'missing' },
  });
});

test('an address of the engine that cannot be used is a row of the table, not the end of it', async () => {
  const endpoint = new Failure('prerequisite', 'only unix:// and tcp:// are used', { hint: 'Do this.' });
  const [engine, ...others] = await observePrerequisites(deps({ endpoint, source: undefined }), signal);
  expect(engine).toMatchObject({ verdict: 'missing', found: endpoint.message, remedy: 'Do this.' });
  expect(others.length).toBeGreaterThan(4);
});
