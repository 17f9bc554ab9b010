import { expect, test, vi } from 'vitest';
import type { ClusterObject } from '../../../../src/kubernetes/client/cluster-api.ts';
import { observeRelease } from '../../../../src/kubernetes/readiness/observe-release.ts';
import { FakeClusterApi } from '../../../fakes/cluster-api.ts';
import { deployment, pod, podEvent, replicaSet } from './release-samples.ts';

const { signal } = new AbortController();

function settings(namespace: string): ClusterObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', namespace }, data: { a: 'b' } };
}

test('each kind is listed once for all objects, with the kinds that a verdict needs', async () => {
  const api = new FakeClusterApi();
  const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'backend', namespace: 'todo' } };
  const second = { ...deployment(), metadata: { ...deployment().metadata, name: 'frontend' } };
  await observeRelease({ api, declared: [deployment(), second, service, settings('todo')] }, signal);
  expect(api.calls.toSorted()).toEqual([
    'list ConfigMap in todo',
    'list Deployment in todo',
    'list EndpointSlice in todo',
    'list Pod in todo',
    'list ReplicaSet in todo',
    'list Service in todo',
  ]);
});

test('a kind that lies in several namespaces is listed in all of them at once', async () => {
  const api = new FakeClusterApi().add(settings('todo')).add(settings('ingress'));
  const declared = [settings('todo'), settings('ingress')];
  const { live } = await observeRelease({ api, declared }, signal);
  expect(api.calls).toEqual(['list ConfigMap']);
  expect(live).toHaveLength(2);
});

test('of an object whose presence alone counts no body is fetched', async () => {
  const api = new FakeClusterApi().add(settings('todo'));
  const { live } = await observeRelease({ api, declared: [settings('todo')] }, signal);
  expect(live[0]).not.toHaveProperty('data');
});

test('events are listed only when a pod is slow to get ready', async () => {
  const declared = [deployment()];
  const event = podEvent('backend-2-a', 'Unhealthy', 'Readiness probe failed');
  const fine = new FakeClusterApi().add(deployment()).add(replicaSet(2)).add(pod()).add(event);
  expect((await observeRelease({ api: fine, declared }, signal)).live).not.toContainEqual(event);
  const slow = new FakeClusterApi().add(pod({ container: {} })).add(event);
  expect((await observeRelease({ api: slow, declared }, signal)).live).toContainEqual(event);
});

test('a clock that is set while a run goes on makes nothing older', async () => {
  const { nowMs } = await observeRelease({ api: new FakeClusterApi(), declared: [] }, signal);
  using _clock = vi.spyOn(Date, 'now').mockReturnValue(nowMs + 6 * 3_600_000);
  const later = await observeRelease({ api: new FakeClusterApi(), declared: [] }, signal);
  expect(later.nowMs - nowMs).toBeLessThan(60_000);
});
