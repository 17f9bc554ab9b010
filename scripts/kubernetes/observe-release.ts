// Collects what the cluster holds of a release, in as few list calls as it takes.
import type { ClusterApi, ClusterObject } from './cluster-api.ts';
import { type Condition, conditionOf, statusOf, timeOf } from './object-shapes.ts';
import type { ReleaseObjects } from './release-objects.ts';

/** Kinds that a verdict looks at, with the further kinds that it needs for them. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  Deployment: ['ReplicaSet', 'Pod'],
  StatefulSet: ['Pod'],
  DaemonSet: ['ControllerRevision', 'Pod'],
  Job: ['Pod'],
  Pod: [],
  Service: ['EndpointSlice'],
  PersistentVolumeClaim: ['Pod', 'StorageClass'],
  CustomResourceDefinition: [],
  APIService: [],
};

const API_VERSION: Readonly<Record<string, string>> = {
  ControllerRevision: 'apps/v1',
  EndpointSlice: 'discovery.k8s.io/v1',
  Event: 'v1',
  Pod: 'v1',
  ReplicaSet: 'apps/v1',
  StorageClass: 'storage.k8s.io/v1',
};

/** Events are many, and matter only for what has not come up within this time. */
const EVENTS_AFTER_MS = 3_000;

export interface ObserveRequest {
  readonly api: ClusterApi;
  /** The release's objects with their namespaces, as `parseManifest` gives them. */
  readonly declared: readonly ClusterObject[];
}

export async function observeRelease(
  { api, declared }: ObserveRequest,
  signal: AbortSignal,
): Promise<ReleaseObjects> {
  const queries = new Map<string, { apiVersion: string; kind: string; namespace?: string }>();
  const want = (apiVersion: string, kind: string, namespace: string | undefined): void => {
    const query = { apiVersion, kind, ...(namespace === undefined ? {} : { namespace }) };
    queries.set(`${apiVersion} ${kind} ${namespace ?? ''}`, query);
  };
  for (const { apiVersion, kind, metadata } of declared) {
    const further = NEEDED[kind];
    if (further === undefined) continue;
    want(apiVersion, kind, metadata.namespace);
    for (const other of further)
      want(API_VERSION[other]!, other, other === 'StorageClass' ? undefined : metadata.namespace);
  }
  const lists = await Promise.all([...queries.values()].map((query) => api.list(query, signal)));
  const live = lists.flat();
  const nowMs = Date.now();
  const slow = live.filter((object) => isSlow(object, nowMs)).map(({ metadata }) => metadata.namespace);
  const events = await Promise.all(
    [...new Set(slow)].map((namespace) => api.list({ apiVersion: 'v1', kind: 'Event', namespace }, signal)),
  );
  return { declared, live: [...live, ...events.flat()], nowMs };
}

function isSlow(object: ClusterObject, nowMs: number): boolean {
  const ageMs = nowMs - (timeOf(object.metadata.creationTimestamp) ?? nowMs);
  if (ageMs < EVENTS_AFTER_MS) return false;
  const { phase, conditions } = statusOf<{ phase: string; conditions: readonly Condition[] }>(object);
  if (object.kind === 'PersistentVolumeClaim') return phase === 'Pending';
  return (
    object.kind === 'Pod' && phase !== 'Succeeded' && conditionOf(conditions, 'Ready')?.status !== 'True'
  );
}
