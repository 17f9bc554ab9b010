import { beforeEach, describe, expect, test } from 'vitest';
import { failureOf } from '../../../support/failure-of.ts';
import { HelmBench, ours, spec, uninstall } from './helm-bench.ts';

const { signal } = new AbortController();
let bench: HelmBench;
beforeEach(() => {
  bench = new HelmBench();
});

describe('uninstalling', () => {
  test('it tells whether there was something, and starts helm only then', async () => {
    expect(await bench.helmThat().helm.uninstall(spec, signal)).toBe(false);
    bench.store(1, 'deployed');
    const { helm } = bench.helmThat({ argv: uninstall, during: () => bench.forget(1) });
    expect(await helm.uninstall(spec, signal)).toBe(true);
  });

  test('it is over only when the objects of the release are gone, not when helm says so', async () => {
    const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', namespace: 'todo' };
    const { apiVersion, kind, ...metadata } = deployment;
    bench.api.add({ apiVersion, kind, metadata });
    bench.api.linger(deployment, 2);
    bench.store(1, 'deployed', ours, 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n');
    const { helm } = bench.helmThat({
      argv: uninstall,
      during: async () => {
        await bench.api.delete(deployment, signal);
        bench.forget(1);
      },
    });
    expect(await helm.uninstall(spec, signal)).toBe(true);
    expect(await bench.api.get(deployment, signal)).toBeUndefined();
    expect(bench.api.calls.filter((call) => call.startsWith('get Deployment')).length).toBeGreaterThan(2);
  });

  test('a release that is still there afterwards is a failure', async () => {
    bench.store(1, 'deployed');
    const { helm } = bench.helmThat({ argv: uninstall });
    expect((await failureOf(helm.uninstall(spec, signal))).message).toBe(
      'helm uninstalled web, and yet it is there as deployed',
    );
  });
});
