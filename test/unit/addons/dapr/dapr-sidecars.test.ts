import { describe, expect, test } from 'vitest';
import { findBareSidecarPods } from '../../../../src/addons/dapr/dapr-sidecars.ts';
import type { ClusterObject } from '../../../../src/kubernetes/client/cluster-api.ts';

const enabled = { 'dapr.io/enabled': 'true', 'dapr.io/app-id': 'backend' };
const app = { name: 'backend' };
const daprd = { name: 'daprd' };

function pod(
  spec: Record<string, unknown>,
  metadata: Partial<ClusterObject['metadata']> = { annotations: enabled },
  status: Record<string, unknown> = { phase: 'Running' },
): ClusterObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'backend-1', namespace: 'todo', uid: 'uid-1', ...metadata },
    ...{ spec, status },
  };
}

describe('findBareSidecarPods', () => {
  test.each<[string, ClusterObject]>([
    ['has only its own container', pod({ containers: [app] })],
    ['has a daprd that ran once, before the others', pod({ containers: [app], initContainers: [daprd] })],
    ['is not running yet', pod({ containers: [app] }, { annotations: enabled }, { phase: 'Pending' })],
    ['was only admitted, by a dry run', pod({ containers: [app] }, { annotations: enabled }, {})],
    ['says yes in another word', pod({ containers: [app] }, { annotations: { 'dapr.io/enabled': ' Yes' } })],
    ['says 1', pod({ containers: [app] }, { annotations: { 'dapr.io/enabled': '1' } })],
  ])('finds a pod that asks for a sidecar and %s', (_what, found) => {
    expect(findBareSidecarPods([found]).map(({ name }) => name)).toEqual(['backend-1']);
  });

  test.each<[string, ClusterObject]>([
    ['has the sidecar', pod({ containers: [app, daprd] })],
    [
      'has the sidecar as a native one',
      pod({ containers: [app], initContainers: [{ ...daprd, restartPolicy: 'Always' }] }),
    ],
    ['asks for none', pod({ containers: [app] }, {})],
    ['says that it wants none', pod({ containers: [app] }, { annotations: { 'dapr.io/enabled': 'false' } })],
    ['has done its work', pod({ containers: [app] }, { annotations: enabled }, { phase: 'Succeeded' })],
    ['has failed', pod({ containers: [app] }, { annotations: enabled }, { phase: 'Failed' })],
    [
      'is on its way out',
      pod({ containers: [app] }, { annotations: enabled, deletionTimestamp: '2026-01-01T00:00:00Z' }),
    ],
  ])('passes over a pod that %s', (_what, passed) => {
    expect(findBareSidecarPods([passed])).toEqual([]);
  });

  test('says of each pod why it counts, and what would make it again', () => {
    const owner = { kind: 'ReplicaSet', name: 'backend-6d4b', uid: 'uid-r', controller: true };
    const owned = pod({ containers: [app] }, { annotations: enabled, ownerReferences: [owner] });
    const alone = pod({ containers: [app] }, { name: 'alone', annotations: enabled });
    expect(findBareSidecarPods([owned, pod({ containers: [daprd] }), alone])).toEqual([
      {
        namespace: 'todo',
        name: 'backend-1',
        uid: 'uid-1',
        controller: 'ReplicaSet backend-6d4b',
        reason:
          'pod todo/backend-1 asks for a Dapr sidecar and has none: ' +
          "Dapr's injector did not answer when the pod was created",
      },
      expect.objectContaining({ name: 'alone', controller: undefined }),
    ]);
  });

  test('does not take an owner that is no controller for one', () => {
    const owner = { kind: 'Node', name: 'node-1', uid: 'uid-n' };
    const found = findBareSidecarPods([
      pod({ containers: [app] }, { annotations: enabled, ownerReferences: [owner] }),
    ]);
    expect(found[0]?.controller).toBeUndefined();
  });
});
