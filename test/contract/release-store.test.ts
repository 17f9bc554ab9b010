// The contract of ReleaseStore, kept by the fake; and what only the fake can be told to do.

import { describe, expect, test } from 'vitest';
import { Failure } from '../../src/failure.ts';
import type { ReleaseSpec } from '../../src/releases/release-store.ts';
import { FakeReleaseStore } from '../fakes/release-store.ts';
import { releaseStoreContract } from './release-store.contract.ts';

const { signal } = new AbortController();

function chart({ name, values }: ReleaseSpec): string {
  const { replicas } = values;
  if (typeof replicas !== 'number') throw new Failure('chart', 'replicas is no number');
  return `kind: Deployment\nmetadata:\n  name: ${name}\nspec:\n  replicas: ${replicas}\n`;
}

releaseStoreContract({
  title: 'FakeReleaseStore',
  make: async () => {
    const store = new FakeReleaseStore({ '/charts/app': chart });
    return {
      store,
      namespace: 'todo',
      chart: '/charts/app',
      installForeign: async (name) =>
        store.add({ name, namespace: 'todo', revision: 1, status: 'deployed', labels: {} }),
      dispose: async () => {},
    };
  },
});

describe('FakeReleaseStore', () => {
  const spec = { name: 'web', namespace: 'todo', chart: '/charts/app', values: { replicas: 1 } };
  const make = (): FakeReleaseStore => new FakeReleaseStore({ '/charts/app': chart });

  test('a failure that was scripted leaves the release as failed, and the next attempt works', async () => {
    const store = make();
    store.failNext('apply', 'web', new Failure('release', 'no'));
    await expect(store.apply(spec, { labels: {}, signal })).rejects.toThrow('no');
    expect(await store.list(signal)).toMatchObject([{ status: 'failed', revision: 1 }]);
    expect(await store.apply(spec, { labels: {}, signal })).toMatchObject({
      status: 'deployed',
      revision: 2,
    });
  });

  test('a release that was left half done is repaired, with a reason', async () => {
    const store = make();
    await store.apply(spec, { labels: {}, signal });
    store.setStatus(spec, 'pending-upgrade');
    const reasons: string[] = [];
    await store.apply(spec, { labels: {}, signal, onRepair: (reason) => void reasons.push(reason) });
    expect(reasons).toEqual(['it was pending-upgrade']);
  });

  test('a chart that was not declared is refused', async () => {
    await expect(make().render({ ...spec, chart: '/other' }, signal)).rejects.toThrow('did not expect');
  });
});
