// Collects what the cluster holds of releases, in as few list calls as it takes.
import type { ClusterApi, ClusterObject, ListQuery } from '../client/cluster-api.ts';
import { issuerOf } from './judge-ingress.ts';
import {
  type Condition,
  conditionOf,
  specOf,
  statusOf,
  timeOf,
  type WorkloadSpec,
  type WorkloadStatus,
} from '../object-shapes.ts';
import type { ReleaseObjects } from './release-objects.ts';
import { wantedPods } from './workload-progress.ts';

/** Kinds that a verdict looks into, with the further kinds that it needs for them. */
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
  Certificate: [],
  ClusterIssuer: [],
  Issuer: [],
  Ingress: [],
};

const API_VERSION: Readonly<Record<string, string>> = {
  Certificate: 'cert-manager.io/v1',
  ControllerRevision: 'apps/v1',
  EndpointSlice: 'discovery.k8s.io/v1',
  Pod: 'v1',
  ReplicaSet: 'apps/v1',
  StorageClass: 'storage.k8s.io/v1',
};

/** Of these the body says nothing that a verdict needs; of all kinds outside NEEDED only the presence counts. */
const METADATA_SUFFICES = new Set(['ReplicaSet']);

/** Events are many, and matter only for what has not come up within this time. */
const EVENTS_AFTER_MS = 3_000;

export interface ObserveRequest {
  readonly api: ClusterApi;
  /** The release's objects with their namespaces, as `parseManifest` gives them. */
  readonly declared: readonly ClusterObject[];
}

/**
 * What the cluster holds of these objects; each kind is listed once. To look at several releases together, give
 * the objects of all, and judge each with its own `declared`. Rejects with the Failures of the ClusterApi.
 */
export async function observeRelease(
  { api, declared }: ObserveRequest,
  signal: AbortSignal,
): Promise<ReleaseObjects> {
  const lists = await Promise.all(planQueries(declared).map((query) => api.list(query, signal)));
  const live = lists.flat();
  // The machine's clock may be set while a run goes on; this one only counts from its start.
  const nowMs = performance.timeOrigin + performance.now();
  const ours = new Set(declared.map(({ metadata }) => metadata.namespace));
  const slow = live
    .filter((object) => ours.has(object.metadata.namespace) && isSlow(object, nowMs))
    .map(({ metadata }) => metadata.namespace);
  const events = await Promise.all(
    [...new Set(slow)].map((namespace) => api.list({ apiVersion: 'v1', kind: 'Event', namespace }, signal)),
  );
  return { declared, live: [...live, ...events.flat()], nowMs };
}

/** One query for each kind: of its namespace, or of all where the objects lie in several. */
function planQueries(declared: readonly ClusterObject[]): ListQuery[] {
  const wanted = new Map<string, { apiVersion: string; kind: string; namespaces: Set<string | undefined> }>();
  const want = (apiVersion: string, kind: string, namespace: string | undefined): void => {
    const key = `${apiVersion} ${kind}`;
    const found = wanted.get(key) ?? { apiVersion, kind, namespaces: new Set() };
    found.namespaces.add(namespace);
    wanted.set(key, found);
  };
  for (const object of declared) {
    const { apiVersion, kind, metadata } = object;
    want(apiVersion, kind, metadata.namespace);
    // Most clusters do not know the kind, and most Ingresses ask for none.
    const certificates = kind === 'Ingress' && issuerOf(object) !== undefined ? ['Certificate'] : [];
    for (const other of [...(NEEDED[kind] ?? []), ...certificates])
      want(API_VERSION[other]!, other, other === 'StorageClass' ? undefined : metadata.namespace);
  }
  return [...wanted.values()].map(({ apiVersion, kind, namespaces }) => ({
    apiVersion,
    kind,
    namespace: namespaces.size === 1 ? [...namespaces][0] : undefined,
    metadataOnly: METADATA_SUFFICES.has(kind) || !(kind in NEEDED || kind in API_VERSION),
  }));
}

const TOLD_BY_EVENTS = new Set(['StatefulSet', 'DaemonSet', 'Job']);

function hasTooFewPods(workload: ClusterObject): boolean {
  const status = statusOf<WorkloadStatus & { active: number; currentNumberScheduled: number }>(workload);
  const { replicas = 0, active = 0, succeeded = 0, failed = 0 } = status;
  if (workload.kind === 'Job') {
    return specOf<WorkloadSpec>(workload).suspend !== true && active + succeeded + failed === 0;
  }
  const made = workload.kind === 'DaemonSet' ? (status.currentNumberScheduled ?? 0) : replicas;
  return made < wantedPods(workload);
}

function isSlow(object: ClusterObject, nowMs: number): boolean {
  const ageMs = nowMs - (timeOf(object.metadata.creationTimestamp) ?? nowMs);
  if (ageMs < EVENTS_AFTER_MS) return false;
  // Of these kinds only events tell why there is no pod.
  if (TOLD_BY_EVENTS.has(object.kind)) return hasTooFewPods(object);
  const { phase, conditions } = statusOf<{ phase: string; conditions: readonly Condition[] }>(object);
  if (object.kind === 'PersistentVolumeClaim') return phase === 'Pending';
  return (
    object.kind === 'Pod' && phase !== 'Succeeded' && conditionOf(conditions, 'Ready')?.status !== 'True'
  );
}
