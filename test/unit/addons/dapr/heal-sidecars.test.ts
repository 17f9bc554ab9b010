import { describe, expect, test } from 'vitest';
import type { ClusterObject } from '../../../../src/kubernetes/client/cluster-api.ts';
import { healSidecars, requireSidecars } from '../../../../src/addons/dapr/heal-sidecars.ts';
import type { Task } from '../../../../src/task.ts';
import { FakeClusterApi } from '../../../fakes/cluster-api.ts';
import { failureOf } from '../../../support/failure-of.ts';

const revision = { 'deployment.kubernetes.io/revision': '1' };
const labels = { app: 'backend', 'pod-template-hash': '1' };
const deployment: ClusterObject = {
  ...{ apiVersion: 'apps/v1', kind: 'Deployment' },
  metadata: { name: 'backend', namespace: 'todo', uid: 'd', annotations: revision },
  spec: { replicas: 1, selector: { matchLabels: { app: 'backend' } } },
};
const replicaSet: ClusterObject = {
  ...{ apiVersion: 'apps/v1', kind: 'ReplicaSet' },
  metadata: {
    ...{ name: 'backend-1', namespace: 'todo', uid: 'r', annotations: revision, labels },
    ownerReferences: [{ kind: 'Deployment', name: 'backend', uid: 'd', controller: true }],
  },
};

function pod(name: string, containers: readonly string[], owned = true): ClusterObject {
  const ownerReferences = owned
    ? [{ kind: 'ReplicaSet', name: 'backend-1', uid: 'r', controller: true }]
    : [];
  return {
    ...{ apiVersion: 'v1', kind: 'Pod' },
    metadata: {
      ...{ name, namespace: 'todo', uid: name, labels, ownerReferences },
      annotations: { 'dapr.io/enabled': 'true' },
    },
    spec: { containers: containers.map((container) => ({ name: container })) },
    status: { phase: 'Running' },
  };
}

const task: Task = { signal: new AbortController().signal, report: () => undefined };
const podNames = (api: FakeClusterApi): string[] =>
  api.objects.filter(({ kind }) => kind === 'Pod').map(({ metadata }) => metadata.name);

function scene(...pods: ClusterObject[]) {
  const api = new FakeClusterApi().add(deployment).add(replicaSet);
  for (const one of pods) api.add(one);
  const notes: string[] = [];
  return {
    api,
    notes,
    request: { api, manifest: [deployment], note: (text: string) => void notes.push(text) },
  };
}

describe('healSidecars', () => {
  test('restarts just the pods of the release that lack the sidecar they ask for, and says why', async () => {
    const stranger = pod('stranger', ['app'], false);
    stranger.metadata.labels = { app: 'other' };
    const { api, notes, request } = scene(
      pod('bare', ['backend']),
      pod('whole', ['backend', 'daprd']),
      stranger,
    );
    expect(await healSidecars(request, task)).toBe(1);
    expect(podNames(api)).toEqual(['whole', 'stranger']);
    expect(notes).toEqual([expect.stringContaining('restarted: pod todo/bare asks for a Dapr sidecar')]);
  });

  test('touches nothing where every pod has its sidecar', async () => {
    const { api, notes, request } = scene(pod('whole', ['backend', 'daprd']));
    expect(await healSidecars(request, task)).toBe(0);
    await requireSidecars(request, task.signal);
    expect([podNames(api), notes]).toEqual([['whole'], []]);
    expect(api.calls.filter((call) => call.startsWith('delete'))).toEqual([]);
  });
});

test('a pod that is bare after its restart too is a failure that names it', async () => {
  const { request } = scene(pod('bare', ['backend']));
  const failure = await failureOf(requireSidecars(request, task.signal));
  expect(failure.code).toBe('addon');
  expect(failure.details.join()).toContain('todo/bare');
  expect(failure.hint).toContain("addon 'dapr'");
});
