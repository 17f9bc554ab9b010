import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Failure } from '../../../../src/failure.ts';
import { ownershipLabels } from '../../../../src/kubernetes/ownership.ts';
import { failureOf } from '../../../support/failure-of.ts';
import { cluster, HelmBench, inNamespace, ours, spec, uninstall } from './helm-bench.ts';
import type { Command } from '../../../../src/process/command-runner.ts';

const { signal } = new AbortController();
const version = { argv: ['helm', 'version', '--short'], stdout: 'v4.1.4+g1\n' };
const install = [
  ...['helm', 'upgrade', 'web', '/charts/service', ...cluster, '--install'],
  ...['--labels', 'slipway.dev/owner=slipway,slipway.dev/environment=todo'],
  ...['--history-max', '10', '--timeout', '5m', '--server-side=true', '--force-conflicts'],
  ...[...inNamespace, '--values', '-'],
];
let bench: HelmBench;
beforeEach(() => {
  bench = new HelmBench();
});
const helmThat: HelmBench['helmThat'] = (...expected) => bench.helmThat(...expected);
const store: HelmBench['store'] = (...revision) => bench.store(...revision);
const forget: HelmBench['forget'] = (revision) => bench.forget(revision);

describe('installing', () => {
  test('values reach helm by standard input alone, and nothing of the user’s own helm does', async () => {
    let input = '';
    const { helm, commands } = helmThat(version, {
      argv: install,
      during: async (command: Command) => {
        input =
          typeof command.input === 'string' ? command.input : await text(command.input ?? Readable.from([]));
        store(1, 'deployed');
      },
    });
    expect(await helm.apply(spec, { labels: ours, signal })).toMatchObject({
      revision: 1,
      status: 'deployed',
    });
    expect(input).toBe('{"port":80}');
    const env = commands.commands.at(-1)?.env ?? {};
    expect(env).toMatchObject({ HELM_DRIVER: 'secret', HELM_DATA_HOME: '/cache/helm/data' });
    for (const name of ['KUBECONFIG', 'HELM_KUBEAPISERVER', 'HELM_KUBECONTEXT', 'HELM_NAMESPACE']) {
      expect(env).toHaveProperty(name, undefined);
    }
    expect(commands.missing).toEqual([]);
  });

  test('hooks may take as long as they are given, and helm as a program longer than that', async () => {
    const { helm, commands } = helmThat(version, {
      argv: install.map((argument) => (argument === '5m' ? '1200s' : argument)),
      during: () => store(1, 'deployed'),
    });
    await helm.apply(spec, { labels: ours, signal, hooksWithinMs: 1_200_000 });
    expect(commands.missing).toEqual([]);
    expect(commands.commands.at(-1)?.timeoutMs).toBeGreaterThan(1_200_000);
  });

  test('helm 3 is not asked for what only helm 4 knows', async () => {
    const argv = install.filter((argument) => !/server-side|force/.test(argument));
    const { helm } = helmThat(
      { ...version, stdout: 'v3.14.0+g1\n' },
      { argv, during: () => store(1, 'deployed') },
    );
    expect((await helm.apply(spec, { labels: ours, signal })).revision).toBe(1);
  });

  test('objects that the cluster has accepted before are not validated again', async () => {
    const { helm, commands } = helmThat(version, {
      argv: install.toSpliced(install.indexOf('--server-side=true'), 0, '--disable-openapi-validation'),
      during: () => store(1, 'deployed'),
    });
    await helm.apply(spec, { labels: ours, signal, validates: false });
    expect(commands.missing).toEqual([]);
  });

  test('what waits for its moment has values until then that nobody can take for whole', async () => {
    const moment = Promise.withResolvers<void>();
    const { helm } = helmThat(version, {
      argv: install,
      during: async ({ input }) => {
        const parts = (input as Readable)[Symbol.asyncIterator]() as AsyncIterator<string>;
        const before = (await parts.next()).value as string;
        expect(() => JSON.parse(before) as unknown).toThrow();
        moment.resolve();
        expect(JSON.parse(before + (await parts.next()).value)).toEqual(spec.values);
        store(1, 'deployed');
      },
    });
    await helm.apply(spec, { labels: ours, signal, after: moment.promise });
  });

  test('what helm says against it is told', async () => {
    const stderr = 'WARNING: noise\nError: UPGRADE FAILED: cannot patch "web": spec is immutable\n';
    const { helm } = helmThat(version, { argv: install, exitCode: 1, stderr });
    const failure = await failureOf(helm.apply(spec, { labels: ours, signal }));
    expect(failure).toMatchObject({
      code: 'release',
      message: 'cannot install release web: cannot patch "web": spec is immutable',
    });
  });

  test('an object of somebody else is a matter of ownership', async () => {
    const stderr = 'Error: unable to continue: Service "web" exists: invalid ownership metadata; ...\n';
    const { helm } = helmThat(version, { argv: install, exitCode: 1, stderr });
    const failure = await failureOf(helm.apply(spec, { labels: ours, signal }));
    expect(failure).toMatchObject({ code: 'ownership', hint: expect.stringContaining('delete it') });
  });

  test('a release that is not ours is not touched', async () => {
    store(1, 'deployed', {});
    const { helm, commands } = helmThat();
    expect((await failureOf(helm.apply(spec, { labels: ours, signal }))).code).toBe('ownership');
    expect((await failureOf(helm.uninstall(spec, signal))).code).toBe('ownership');
    expect(commands.commands).toEqual([]);
  });
});

describe('repair before installing', () => {
  test('a first install that was broken off is uninstalled', async () => {
    store(1, 'pending-install');
    const { helm, commands } = helmThat({ argv: uninstall, during: () => forget(1) }, version, {
      argv: install,
      during: () => store(1, 'deployed'),
    });
    await helm.apply(spec, { labels: ours, signal });
    expect(commands.missing).toEqual([]);
  });

  test.each(['pending-upgrade', 'pending-rollback'] as const)(
    '%s goes back to what was deployed',
    async (status) => {
      store(1, 'superseded');
      store(2, 'deployed');
      store(3, status);
      const rollback = [
        'helm',
        'rollback',
        'web',
        '2',
        ...inNamespace,
        ...cluster,
        '--history-max',
        '10',
        '--timeout',
        '5m',
      ];
      const { helm, commands } = helmThat({ argv: rollback, during: () => store(4, 'deployed') }, version, {
        argv: install,
        during: () => store(5, 'deployed'),
      });
      expect((await helm.apply(spec, { labels: ours, signal })).revision).toBe(5);
      expect(commands.missing).toEqual([]);
    },
  );

  test('a removal that was broken off is finished', async () => {
    store(4, 'uninstalling');
    const { helm, commands } = helmThat({ argv: uninstall, during: () => forget(4) }, version, {
      argv: install,
      during: () => store(1, 'deployed'),
    });
    await helm.apply(spec, { labels: ours, signal });
    expect(commands.missing).toEqual([]);
  });
});

describe('charts', () => {
  const lint = ['helm', 'lint', '/charts/service', ...inNamespace, '--values', '-'];

  test('lint fails with every message', async () => {
    const stdout = '[ERROR] templates/: one\n[ERROR] templates/: two\n';
    const { helm } = helmThat({ argv: lint, exitCode: 1, stdout, stderr: 'Error: 1 chart(s) linted\n' });
    expect(await failureOf(helm.lint(spec, signal))).toMatchObject({
      code: 'chart',
      message: 'cannot accept chart /charts/service for release web',
      details: ['templates/: one', 'templates/: two'],
    });
  });

  test('rendering gives the manifest, or what the schema says against the values', async () => {
    const argv = [
      'helm',
      'template',
      'web',
      '/charts/service',
      '--include-crds',
      ...inNamespace,
      '--values',
      '-',
    ];
    const stderr = "Error: values don't meet the specifications:\nservice:\n- at '/port': got string\n\n";
    const { helm } = helmThat({ argv, stdout: 'kind: Pod\n' }, { argv, exitCode: 1, stderr });
    expect(await helm.render(spec, signal)).toBe('kind: Pod\n');
    const failure = await failureOf(helm.render(spec, signal));
    expect(failure.code).toBe('chart');
    expect(failure.details).toEqual(['values.port: got string']);
  });

  describe('that ask for the cluster', () => {
    let folder: string;
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'slipway-chart-'));
      await writeFile(join(folder, 'Chart.yaml'), 'kubeVersion: <1.35.0-0\n');
    });
    afterEach(() => rm(folder, { recursive: true }));
    const template = (...rest: string[]): string[] => [
      ...['helm', 'template', 'web', folder, '--include-crds', ...rest],
      ...[...inNamespace, '--values', '-'],
    ];
    const onServer = [...cluster, '--dry-run=server'];
    const asked = {
      ...spec,
      get chart() {
        return folder;
      },
    };

    test.each([
      ['helm 4', 'v4.1.4+g1\n', []],
      ['helm 3', 'v3.14.0+g1\n', ['--validate']],
    ])('are rendered by it, with %s', async (_title, stdout, more) => {
      const argv = template(...onServer, ...more, '--disable-openapi-validation');
      const { helm } = helmThat({ ...version, stdout }, { argv, stdout: 'kind: Pod\n' });
      expect(await helm.render(asked, signal)).toBe('kind: Pod\n');
    });

    test('are rendered as an upgrade where the release is there', async () => {
      store(1, 'deployed');
      const argv = template(...onServer, '--disable-openapi-validation', '--is-upgrade');
      const { helm } = helmThat(version, { argv, stdout: 'kind: Pod\n' });
      expect(await helm.render(asked, signal)).toBe('kind: Pod\n');
    });

    test('are rendered for its version where it refuses what is still to come', async () => {
      const first = template(...onServer, '--disable-openapi-validation');
      const stderr = 'Error: no matches for kind "Issuer" in version "cert-manager.io/v1"\n';
      const { served } = await bench.api.versions(signal);
      const second = template('--kube-version', 'v1.34.1', '--api-versions', served.join(','));
      const { helm } = helmThat(version, { argv: first, exitCode: 1, stderr }, { argv: second, stdout: 'a' });
      expect(await helm.render(asked, signal)).toBe('a');
    });

    test('are rendered without one where none answers', async () => {
      bench.api.failNext(new Failure('cluster', 'connection refused'));
      const { helm } = helmThat({ argv: template(), stdout: 'a' });
      expect(await helm.render(asked, signal)).toBe('a');
    });
  });

  test('a helm that dies without a word is told as a command that failed', async () => {
    const { helm } = helmThat({ argv: lint, exitCode: 137 });
    expect((await failureOf(helm.lint(spec, signal))).code).toBe('command');
  });
});

test('listing is one request and starts no program', async () => {
  store(1, 'superseded');
  store(2, 'deployed');
  const { helm } = helmThat();
  expect(await helm.list(signal)).toEqual([
    { name: 'web', namespace: 'todo', revision: 2, status: 'deployed', labels: ours, manifest: '' },
  ]);
  expect(bench.api.calls).toEqual(['list Secret']);
});

test('a cancelled run starts nothing', async () => {
  const { helm, commands } = helmThat();
  const failure = await failureOf(helm.apply(spec, { labels: ours, signal: AbortSignal.abort() }));
  expect(failure.code).toBe('interrupted');
  expect(commands.commands).toEqual([]);
});

describe('relabelling', () => {
  test('gives every revision the labels, without helm, and leaves what helm wrote as it is', async () => {
    bench.api.add({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'todo' } });
    store(1, 'superseded');
    store(2, 'deployed');
    const secrets = () => bench.api.objects.filter(({ kind }) => kind === 'Secret');
    const before = structuredClone(secrets());
    await helmThat().helm.relabel(spec, ownershipLabels('heir'), signal);
    expect(secrets()).toMatchObject(
      before.map(({ data, metadata }) => ({
        ...{ data: data as object },
        metadata: { name: metadata.name, labels: { ...metadata.labels, ...ownershipLabels('heir') } },
      })),
    );
  });

  test('one of somebody else is refused and stays', async () => {
    store(1, 'deployed', {});
    const before = structuredClone(bench.api.objects);
    const failure = await failureOf(helmThat().helm.relabel(spec, ownershipLabels('heir'), signal));
    expect([failure.code, bench.api.objects]).toEqual(['ownership', before]);
  });
});
