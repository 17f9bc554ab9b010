// What HelmCli does where helm by itself gets stuck: damaged records, first installations that failed, final fields.

import { beforeEach, describe, expect, test } from 'vitest';
import type { ClusterObject } from '../../../../src/kubernetes/client/cluster-api.ts';
import { failureOf } from '../../../support/failure-of.ts';
import { cluster, HelmBench, inNamespace, ours, spec, uninstall } from './helm-bench.ts';

const { signal } = new AbortController();
const version = { argv: ['helm', 'version', '--short'], stdout: 'v4.1.4+g1\n' };
const install = [
  ...['helm', 'upgrade', 'web', '/charts/service', ...cluster, '--install'],
  ...['--labels', 'slipway.dev/owner=slipway,slipway.dev/environment=todo'],
  ...['--history-max', '10', '--timeout', '5m', '--server-side=true', '--force-conflicts'],
  ...[...inNamespace, '--values', '-'],
];
const map = (name: string): string =>
  JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });
let bench: HelmBench;
let reasons: string[];
beforeEach(() => {
  bench = new HelmBench();
  reasons = [];
});
const options = { labels: ours, signal, onRepair: (reason: string) => void reasons.push(reason) };

/** As helm marks what it makes. */
function owned(kind: string, name: string, fields: object = {}, release = 'web'): ClusterObject {
  const apiVersion = { Job: 'batch/v1', Deployment: 'apps/v1' }[kind] ?? 'v1';
  return {
    ...{ apiVersion, kind, ...fields },
    metadata: {
      ...{ name, namespace: 'todo', labels: { 'app.kubernetes.io/managed-by': 'Helm' } },
      annotations: { 'meta.helm.sh/release-name': release, 'meta.helm.sh/release-namespace': 'todo' },
    },
  };
}
const names = (): string[] =>
  bench.api.objects
    .filter(({ kind }) => kind !== 'Secret')
    .map(({ kind, metadata }) => `${kind} ${metadata.name}`);

describe('a first installation that failed', () => {
  test('is taken away and made anew, so that its hooks run', async () => {
    bench.store(1, 'failed');
    const { helm, commands } = bench.helmThat({ argv: uninstall, during: () => bench.forget(1) }, version, {
      argv: install,
      during: () => bench.store(1, 'deployed'),
    });
    expect((await helm.apply(spec, options)).revision).toBe(1);
    expect(commands.missing).toEqual([]);
    expect(reasons).toEqual(['web: its first installation failed; it starts anew']);
  });

  test('keeps its data: only the records go, and helm takes over what is there', async () => {
    bench.store(1, 'failed');
    bench.store(2, 'failed');
    bench.api.add(owned('PersistentVolumeClaim', 'data'));
    const { helm, commands } = bench.helmThat(version, {
      argv: install,
      during: () => {
        expect(bench.api.objects.filter(({ kind }) => kind === 'Secret')).toEqual([]);
        bench.store(1, 'deployed');
      },
    });
    expect((await helm.apply(spec, options)).revision).toBe(1);
    expect(commands.missing).toEqual([]);
    expect(names()).toEqual(['PersistentVolumeClaim data']);
  });

  test('a failed upgrade of what worked is not taken away', async () => {
    bench.store(1, 'deployed');
    bench.store(2, 'failed');
    const { helm, commands } = bench.helmThat(version, {
      argv: install,
      during: () => bench.store(3, 'deployed'),
    });
    expect((await helm.apply(spec, options)).revision).toBe(3);
    expect(commands.missing).toEqual([]);
  });
});

describe('a damaged record', () => {
  test('is listed as such', async () => {
    bench.damage(1);
    expect(await bench.helmThat().helm.list(signal)).toMatchObject([
      { name: 'web', unreadable: 'its data is no gzip' },
    ]);
  });

  test('gives way to the revision before, and what only it knew is removed, data apart', async () => {
    bench.store(1, 'superseded');
    bench.damage(2);
    for (const object of [owned('ConfigMap', 'old'), owned('ConfigMap', 'kept')]) bench.api.add(object);
    bench.api.add(owned('PersistentVolumeClaim', 'data'));
    bench.api.add(owned('ConfigMap', 'foreign', {}, 'another'));
    const { helm } = bench.helmThat(version, {
      argv: install,
      during: () => bench.store(2, 'deployed', ours, map('kept')),
    });
    expect(await helm.apply(spec, options)).toMatchObject({ revision: 2, status: 'deployed' });
    expect(names()).toEqual(['ConfigMap kept', 'PersistentVolumeClaim data', 'ConfigMap foreign']);
    expect(reasons).toEqual([
      "web: helm's record of revision 2 could not be read; it goes on from revision 1",
      'web: removed configmap todo/old, which is no part of it any more',
    ]);
  });

  test('without any that can be read, helm installs anew and takes over what is there', async () => {
    bench.damage(3);
    const { helm } = bench.helmThat(version, { argv: install, during: () => bench.store(1, 'deployed') });
    expect((await helm.apply(spec, options)).revision).toBe(1);
    expect(reasons).toEqual([
      "web: helm's record of revision 3 could not be read; it takes over what is there",
    ]);
  });

  test('can be uninstalled: what bears the name of the release goes, and the record', async () => {
    bench.damage(1);
    bench.api.add(owned('Deployment', 'web'));
    bench.api.add(owned('ConfigMap', 'foreign', {}, 'another'));
    const { helm, commands } = bench.helmThat();
    expect(await helm.uninstall(spec, signal)).toBe(true);
    expect(commands.commands).toEqual([]);
    expect(bench.api.objects.map(({ metadata }) => metadata.name)).toEqual(['foreign']);
  });

  test('above one that can be read is uninstalled with helm, hooks and all, and nothing is left', async () => {
    bench.store(1, 'superseded');
    bench.damage(2);
    bench.api.add(owned('Deployment', 'web'));
    const { helm, commands } = bench.helmThat({ argv: uninstall, during: () => bench.forget(1) });
    expect(await helm.uninstall(spec, signal)).toBe(true);
    expect([commands.missing, bench.api.objects]).toEqual([[], []]);
  });

  test('of somebody else is not touched', async () => {
    bench.damage(1, {});
    const { helm } = bench.helmThat();
    expect((await failureOf(helm.apply(spec, options))).code).toBe('ownership');
    expect((await failureOf(helm.uninstall(spec, signal))).code).toBe('ownership');
    expect(bench.api.objects).toHaveLength(1);
  });
});

test('a release with an object whose kind is gone can be uninstalled', async () => {
  bench.store(1, 'deployed');
  bench.api.add(owned('ConfigMap', 'web'));
  const stderr =
    'Error: unable to build kubernetes objects for delete: resource mapping not found for name: "a"\n';
  const { helm } = bench.helmThat({ argv: uninstall, exitCode: 1, stderr });
  expect(await helm.uninstall(spec, signal)).toBe(true);
  expect(bench.api.objects).toEqual([]);
});

describe('a field that nobody can change', () => {
  const job = JSON.stringify({ apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'migrate' } });
  const stderr = `Error: UPGRADE FAILED: cannot patch "migrate" with kind Job: Job.batch "migrate" is invalid: spec.template: Invalid value: ${'x'.repeat(3000)}: field is immutable\n`;
  const ended = { status: { conditions: [{ type: 'Complete', status: 'True' }] } };
  const refusing = {
    ...{ argv: install, exitCode: 1, stderr },
    during: () => bench.store(2, 'failed' as const, ours, job),
  };

  test('of a Job that has ended: it is made anew', async () => {
    bench.store(1, 'deployed', ours, job);
    bench.api.add(owned('Job', 'migrate', ended));
    const { helm } = bench.helmThat(version, refusing, {
      argv: install,
      during: () => {
        expect(names()).toEqual([]);
        bench.store(3, 'deployed', ours, job);
      },
    });
    expect((await helm.apply(spec, options)).revision).toBe(3);
    expect(reasons).toEqual([
      'replaced: job migrate, because its spec.template cannot be changed (field is immutable)',
    ]);
  });

  test('of a Job that runs: it stays, and the failure is short and says what to do', async () => {
    bench.store(1, 'deployed', ours, job);
    bench.api.add(owned('Job', 'migrate'));
    const { helm } = bench.helmThat(version, refusing);
    const failure = await failureOf(helm.apply(spec, options));
    expect(failure.message).toBe(
      'cannot upgrade release web: job migrate cannot be changed in spec.template (field is immutable), and is not replaced: it still runs',
    );
    expect(failure.hint).toContain('kubectl -n todo delete job migrate');
    expect(names()).toEqual(['Job migrate']);
  });

  test('of an object of another release: it stays', async () => {
    bench.store(1, 'deployed', ours, job);
    bench.api.add(owned('Job', 'migrate', ended, 'another'));
    const { helm } = bench.helmThat(version, refusing);
    expect((await failureOf(helm.apply(spec, options))).message).toContain('not put there by this release');
    expect(names()).toEqual(['Job migrate']);
  });

  test('that is refused again after that is told: helm is not asked for ever', async () => {
    bench.store(1, 'deployed', ours, job);
    bench.api.add(owned('Job', 'migrate', ended));
    const again = { ...refusing, during: () => void bench.api.add(owned('Job', 'migrate', ended)) };
    const { helm } = bench.helmThat(version, refusing, again);
    expect((await failureOf(helm.apply(spec, options))).code).toBe('release');
  });

  test('whatever helm says otherwise ends short', async () => {
    bench.store(1, 'deployed');
    const long = `Error: UPGRADE FAILED: cannot patch "web": ${'y'.repeat(5000)}: it is odd\n`;
    const { helm } = bench.helmThat(version, { argv: install, exitCode: 1, stderr: long });
    const { message } = await failureOf(helm.apply(spec, options));
    expect(message.length).toBeLessThan(450);
    expect(message).toMatch(/^cannot upgrade release web: cannot patch "web".*it is odd$/);
  });
});
