import { describe, expect, test } from 'vitest';
import { restartBarePods } from '../../../../src/addons/dapr/dapr-restart.ts';
import { findBareSidecarPods } from '../../../../src/addons/dapr/dapr-sidecars.ts';
import type { ClusterObject } from '../../../../src/kubernetes/client/cluster-api.ts';
import { FakeClusterApi } from '../../../fakes/cluster-api.ts';
import { failureOf } from '../../../support/failure-of.ts';

const task = { signal: new AbortController().signal, report: () => {} };

function barePod(name: string, controlled = true): ClusterObject {
  const owner = { kind: 'ReplicaSet', name: 'backend-6d4b', uid: 'uid-r', controller: true };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'todo',
      uid: `uid-of-${name}`,
      annotations: { 'dapr.io/enabled': 'true' },
      ...(controlled ? { ownerReferences: [owner] } : {}),
    },
    spec: { containers: [{ name: 'app' }] },
  };
}

function clusterWith(...pods: ClusterObject[]): FakeClusterApi {
  const api = new FakeClusterApi();
  for (const pod of pods) api.add(pod);
  return api;
}

describe('restartBarePods', () => {
  test('deletes just those pods and waits until they are gone', async () => {
    const [one, other] = [barePod('one'), barePod('other')];
    const api = clusterWith(one, other);
    api.linger({ apiVersion: 'v1', kind: 'Pod', name: 'one', namespace: 'todo' }, 2);
    const outcome = await restartBarePods({ api, pods: findBareSidecarPods([one]), intervalMs: 1 }, task);
    expect(outcome).toEqual({ restarted: ['todo/one'], left: [] });
    expect(api.objects.map(({ metadata }) => metadata.name)).toEqual(['other']);
  });

  test('leaves a pod alone that nothing would make again, and says so', async () => {
    const alone = barePod('alone', false);
    const api = clusterWith(alone);
    const outcome = await restartBarePods({ api, pods: findBareSidecarPods([alone]) }, task);
    expect(outcome.restarted).toEqual([]);
    expect(outcome.left).toEqual([expect.stringMatching(/todo\/alone .*nothing would make it again/)]);
    expect(api.objects).toHaveLength(1);
  });

  test('does not delete the successor of a pod, nor wait for it', async () => {
    const before = barePod('set-0');
    const api = clusterWith({ ...before, metadata: { ...before.metadata, uid: 'uid-of-successor' } });
    await restartBarePods({ api, pods: findBareSidecarPods([before]) }, task);
    expect(api.objects[0]?.metadata).toMatchObject({ uid: 'uid-of-successor' });
    expect(api.objects[0]?.metadata.deletionTimestamp).toBeUndefined();
  });

  test('names the pods that stay when its time is up', async () => {
    const one = barePod('one');
    const api = clusterWith(one);
    api.linger({ apiVersion: 'v1', kind: 'Pod', name: 'one', namespace: 'todo' }, Infinity);
    const pods = findBareSidecarPods([one]);
    const failure = await failureOf(restartBarePods({ api, pods, deadlineMs: 5, intervalMs: 1 }, task));
    expect([failure.code, failure.message]).toEqual(['timeout', 'still there after 0.005 s: pod todo/one']);
  });

  test('stops when the run is stopped', async () => {
    const one = barePod('one');
    const api = clusterWith(one);
    const request = { api, pods: findBareSidecarPods([one]) };
    const stopped = { ...task, signal: AbortSignal.abort() };
    expect((await failureOf(restartBarePods(request, stopped))).code).toBe('interrupted');
    expect(api.objects[0]?.metadata.deletionTimestamp).toBeUndefined();
  });
});
