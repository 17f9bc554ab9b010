import { describe, expect, test } from 'vitest';
import { Failure } from '../../../../src/failure.ts';
import { ApiStatus } from '../../../../src/kubernetes/client/api-status.ts';
import { lookAtPods } from '../../../../src/kubernetes/readiness/look-at-pods.ts';
import { FakeClusterApi } from '../../../fakes/cluster-api.ts';

const podIn = (namespace: string) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', namespace } });

describe('lookAtPods', () => {
  test('goes on after a cluster that did not answer, until it is stopped', async () => {
    const api = new FakeClusterApi().add(podIn('todo')).add(podIn('other')).add(podIn('strange'));
    const stop = new AbortController();
    const told: string[] = [];
    api.failNext(new Failure('cluster', 'connection refused'));
    await lookAtPods(
      {
        ...{ api, everyMs: 1, namespaces: () => ['todo', 'other'] },
        onLook: (pods) => {
          told.push(pods.map(({ metadata }) => metadata.namespace).join());
          if (told.length === 3) stop.abort();
        },
        onLost: ({ message }) => void told.push(message),
      },
      stop.signal,
    );
    expect(told).toEqual(['connection refused', 'todo,other', 'todo,other']);
  });

  test('goes on without a namespace that this user may not see, and tells', async () => {
    const api = new FakeClusterApi().add(podIn('todo')).add(podIn('closed'));
    const list: typeof api.list = (query, signal) =>
      query.namespace === 'closed'
        ? Promise.reject(new Failure('cluster', 'no', { cause: new ApiStatus(403, 'Forbidden', 'no') }))
        : api.list(query, signal);
    const stop = new AbortController();
    const told: string[] = [];
    await lookAtPods(
      {
        ...{ api: { list }, everyMs: 1, namespaces: () => ['todo', 'closed'] },
        onLook: (pods) => {
          told.push(pods.map(({ metadata }) => metadata.namespace).join());
          stop.abort();
        },
        onLost: ({ message }) => void told.push(message),
        onForbidden: (namespace) => void told.push(`not ${namespace}`),
      },
      stop.signal,
    );
    expect(told).toEqual(['not closed', 'todo']);
  });

  test('a bug ends it', async () => {
    const bug = new Error('bug');
    const look = lookAtPods(
      {
        ...{ api: new FakeClusterApi(), everyMs: 1, namespaces: () => ['todo'], onLost: () => undefined },
        onLook: () => {
          throw bug;
        },
      },
      new AbortController().signal,
    );
    await expect(look).rejects.toBe(bug);
  });
});
