import { describe, expect, test } from 'vitest';
import type { ClusterObject } from '../../../../src/kubernetes/client/cluster-api.ts';
import { LiveIndex } from '../../../../src/kubernetes/readiness/live-index.ts';

type Fields = Partial<ClusterObject['metadata']>;

function object(kind: string, name: string, metadata: Fields = {}): ClusterObject {
  return {
    apiVersion: 'v1',
    kind,
    metadata: { name, namespace: 'todo', uid: `${kind}-${name}`, ...metadata },
  };
}

const ownedBy = (kind: string, name: string): Fields => ({
  ownerReferences: [{ kind, name, uid: `${kind}-${name}` }],
});
const sliceOf = (service: string): Fields => ({ labels: { 'kubernetes.io/service-name': service } });

function app(name: string): ClusterObject[] {
  return [
    object('Deployment', name),
    object('ReplicaSet', `${name}-1`, ownedBy('Deployment', name)),
    object('Pod', `${name}-1-x`, ownedBy('ReplicaSet', `${name}-1`)),
    object('Service', name),
    object('EndpointSlice', `${name}-a`, sliceOf(name)),
  ];
}

const shared = [object('Event', 'e'), object('StorageClass', 's'), object('Certificate', 'c')];
const elsewhere = object('EndpointSlice', 'web-b', { ...sliceOf('web'), namespace: 'other' });
const live = [...app('web'), ...app('api'), ...shared, elsewhere];

function around(...declared: readonly ClusterObject[]): string[] {
  return new LiveIndex(live)
    .around(declared)
    .map(({ kind, metadata }) => `${kind} ${metadata.name}`)
    .toSorted();
}

const names = (objects: readonly ClusterObject[]): string[] =>
  objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`).toSorted();

describe('what a verdict on one release looks at', () => {
  test('its objects, what they own, the slices of its services, and what has no owner', () => {
    expect(around(object('Deployment', 'web'), object('Service', 'web'))).toEqual(
      names([...app('web'), ...shared]),
    );
  });

  test('all pods of its namespace where it has a claim', () => {
    const pods = [...app('web'), ...app('api')].filter(({ kind }) => kind === 'Pod');
    expect(around(object('PersistentVolumeClaim', 'data'))).toEqual(names([...pods, ...shared]));
  });

  test('an object of its name in another namespace, for the verdict to tell apart', () => {
    expect(around(object('Service', 'api', { namespace: 'other' }))).toContain('Service api');
  });

  test('an owner that owns itself in a circle ends', () => {
    const one = object('A', 'one', ownedBy('A', 'two'));
    const two = object('A', 'two', ownedBy('A', 'one'));
    expect(new LiveIndex([one, two]).around([object('A', 'one')])).toEqual([one, two]);
  });
});
