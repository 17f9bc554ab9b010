import { describe, expect, test } from 'vitest';
import { findTarget } from '../../../src/forward/forward-target.ts';
import type { ClusterObject } from '../../../src/kubernetes/client/cluster-api.ts';

const spec = { name: 'db', namespace: 'todo', service: 'web', port: 80, localPort: 15_432 };

const service = (changes: object = {}): ClusterObject => ({
  ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'todo' } },
  spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 'http' }], ...changes },
});

function pod(name: string, madeAt: string, state: 'ready' | 'starting' | 'going'): ClusterObject {
  return {
    ...{ apiVersion: 'v1', kind: 'Pod' },
    metadata: {
      ...{ name, namespace: 'todo', labels: { app: 'web' }, creationTimestamp: madeAt },
      ...(state === 'going' ? { deletionTimestamp: madeAt } : {}),
    },
    spec: { containers: [{ ports: [{ name: 'http', containerPort: 3000 }] }] },
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: state === 'starting' ? 'False' : 'True' }],
    },
  };
}
const [morning, noon] = ['2026-01-01T08:00:00Z', '2026-01-01T12:00:00Z'];

describe('findTarget', () => {
  test('is the newest ready pod, at the port that the name stands for', () => {
    const pods = [pod('old', morning, 'ready'), pod('new', noon, 'ready'), pod('next', noon, 'starting')];
    expect(findTarget(spec, service(), pods, undefined)).toEqual({
      namespace: 'todo',
      pod: 'new',
      port: 3000,
    });
  });

  test('stays with the pod that is in use, as long as it is ready', () => {
    const pods = [pod('old', morning, 'ready'), pod('new', noon, 'ready')];
    expect(findTarget(spec, service(), pods, 'old')).toMatchObject({ pod: 'old' });
    const later = [pod('old', morning, 'going'), pod('new', noon, 'ready')];
    expect(findTarget(spec, service(), later, 'old')).toMatchObject({ pod: 'new' });
  });

  test('a port without a target is the same in the pod', () => {
    const pods = [pod('a', noon, 'ready')];
    const plain = service({ ports: [{ port: 80 }] });
    expect(findTarget(spec, plain, pods, undefined)).toMatchObject({ port: 80 });
  });

  test.each([
    ['there is no service web in todo', undefined, []],
    ['service web has no port 80; it has 81, 82', service({ ports: [{ port: 81 }, { port: 82 }] }), []],
    ['service web selects no pods', service({ selector: {} }), []],
    ['service web has no pods', service(), []],
    [
      'no pod of service web is ready: a is not ready, b is on its way out',
      service(),
      [pod('a', noon, 'starting'), pod('b', noon, 'going')],
    ],
    [
      'pod a has no port named grpc',
      service({ ports: [{ port: 80, targetPort: 'grpc' }] }),
      [pod('a', noon, 'ready')],
    ],
  ])('or says why there is none: %s', (reason, found, pods) => {
    expect(findTarget(spec, found, pods, undefined)).toEqual({ reason });
  });
});
