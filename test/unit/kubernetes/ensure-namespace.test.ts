import { beforeEach, describe, expect, test } from 'vitest';
import { ensureNamespace } from '../../../src/kubernetes/ensure-namespace.ts';
import { ownershipLabels } from '../../../src/kubernetes/ownership.ts';
import { FakeClusterApi } from '../../fakes/cluster-api.ts';

const { signal } = new AbortController();
const reference = { apiVersion: 'v1', kind: 'Namespace', name: 'todo' };

let api: FakeClusterApi;

beforeEach(() => {
  api = new FakeClusterApi();
});

const ensure = () => ensureNamespace({ api, name: 'todo', environment: 'shop' }, signal);
const applies = (): string[] => api.calls.filter((call) => call.startsWith('apply'));

describe('ensureNamespace', () => {
  test('makes it with the labels of its owner, and only once', async () => {
    expect(await ensure()).toBe(true);
    expect((await api.get(reference, signal))?.metadata.labels).toEqual({
      'slipway.dev/owner': 'slipway',
      'slipway.dev/environment': 'shop',
    });
    expect(await ensure()).toBe(false);
    expect(applies()).toHaveLength(1);
  });

  test('refuses one that somebody else has made, with a way out', async () => {
    api.add({ ...reference, metadata: { name: 'todo' } });
    await expect(ensure()).rejects.toMatchObject({
      code: 'ownership',
      hint: expect.stringContaining('kubectl delete namespace todo'),
    });
    expect(applies()).toEqual([]);
  });

  test('refuses one of another environment, and names that', async () => {
    api.add({ ...reference, metadata: { name: 'todo', labels: ownershipLabels('other') } });
    await expect(ensure()).rejects.toMatchObject({
      code: 'ownership',
      message: expect.stringContaining('belongs to the environment other'),
    });
    expect(applies()).toEqual([]);
  });

  test('waits for one that is on its way out and makes it anew', async () => {
    api.add({ ...reference, metadata: { name: 'todo', labels: ownershipLabels('shop') } });
    api.linger(reference, 2);
    await api.delete(reference, signal);
    expect(await ensure()).toBe(true);
    expect((await api.get(reference, signal))?.metadata.deletionTimestamp).toBeUndefined();
  });
});
