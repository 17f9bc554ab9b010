// Objects of a small release, as an API server gives them at a fixed moment.
import type { ClusterObject } from '../../../../src/kubernetes/client/cluster-api.ts';

/** The moment that the samples are looked at. */
export const NOW_MS = Date.parse('2026-03-01T12:00:00Z');

/** An API timestamp, so many seconds before that moment. */
export function secondsAgo(seconds: number): string {
  return new Date(NOW_MS - seconds * 1000).toISOString();
}

export type Fields = Readonly<Record<string, unknown>>;

/** A Deployment 'backend' of one replica; what is given overrides the status of a complete rollout. */
export function deployment(status: Fields = {}, spec: Fields = {}): ClusterObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'backend',
      namespace: 'todo',
      uid: 'd',
      generation: 2,
      annotations: { 'deployment.kubernetes.io/revision': '2' },
    },
    spec: { replicas: 1, template: { metadata: { labels: { app: 'backend' } } }, ...spec },
    status: {
      observedGeneration: 2,
      replicas: 1,
      updatedReplicas: 1,
      readyReplicas: 1,
      availableReplicas: 1,
      ...status,
    },
  };
}

/** The replica set of one of its revisions. */
export function replicaSet(revision: 1 | 2): ClusterObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `backend-${revision}`,
      namespace: 'todo',
      uid: `rs${revision}`,
      annotations: { 'deployment.kubernetes.io/revision': String(revision) },
      ownerReferences: [{ kind: 'Deployment', name: 'backend', uid: 'd', controller: true }],
    },
  };
}

export interface PodSample {
  readonly name?: string;
  readonly owner?: string;
  readonly labels?: Record<string, string>;
  readonly phase?: string;
  readonly ageSeconds?: number;
  readonly container?: Fields;
  readonly conditions?: readonly Fields[];
  readonly spec?: Fields;
}

/** A pod with one container 'main'; without `container` it runs and is ready. */
export function pod(sample: PodSample = {}): ClusterObject {
  const { name = 'backend-2-a', owner = 'rs2', labels, phase = 'Running', ageSeconds = 5 } = sample;
  const container = sample.container ?? { ready: true, started: true, state: { running: {} } };
  const ready = container['ready'] === true ? 'True' : 'False';
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'todo',
      uid: `pod-${name}`,
      creationTimestamp: secondsAgo(ageSeconds),
      ...(labels === undefined ? {} : { labels }),
      ownerReferences: [{ kind: 'ReplicaSet', name: 'owner', uid: owner, controller: true }],
    },
    spec: { containers: [{ name: 'main' }], ...sample.spec },
    status: {
      phase,
      conditions: sample.conditions ?? [{ type: 'Ready', status: ready }],
      containerStatuses: [{ name: 'main', ready: false, restartCount: 0, ...container }],
    },
  };
}

/** A container status that waits for this reason. */
export function waits(reason: string, message = ''): Fields {
  return { state: { waiting: { reason, message } } };
}

/** A warning about a pod of the samples. */
export function podEvent(podName: string, reason: string, message: string): ClusterObject {
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${podName}.${reason}`, namespace: 'todo' },
    type: 'Warning',
    reason,
    message,
    count: 3,
    lastTimestamp: secondsAgo(1),
    involvedObject: { kind: 'Pod', name: podName, uid: `pod-${podName}` },
  };
}
