// Pure: whether a release is up, from the state of its own objects. Nothing here waits or asks.
import type { ClusterObject } from './cluster-api.ts';
import {
  blockedBy,
  eventsOf,
  FINE,
  type Findings,
  type PodCount,
  unmetCondition,
  waitingFor,
} from './findings.ts';
import { judgeClaim } from './judge-claim.ts';
import { judgeIngress } from './judge-ingress.ts';
import { judgeService } from './judge-service.ts';
import { type Condition, conditionOf, statusOf, timeOf } from './object-shapes.ts';
import { type Culprit, DEFAULT_PATIENCE, findPodTrouble, type Patience } from './pod-trouble.ts';
import type { ReleaseObjects } from './release-objects.ts';
import { currentPods, judgeWorkload, wantedPods, WORKLOAD_KINDS } from './workload-progress.ts';

export interface Verdict {
  readonly state: 'ready' | 'waiting' | 'failed';
  /** For people: 'deployment backend: 1 of 2 pods ready'. Empty when ready. */
  readonly waitingFor: readonly string[];
  /** Declared objects, of whatever kind, that the cluster does not have: 'configmap backend'. */
  readonly missing: readonly string[];
  readonly culprit?: Culprit;
  /** Whether every pod of the current revision runs; they need not be ready. */
  readonly isRunning: boolean;
  readonly pods: PodCount;
}

/** Judges all objects of a release. One that has failed makes the whole fail; otherwise all must be ready. */
export function judgeRelease(objects: ReleaseObjects, patience: Patience = DEFAULT_PATIENCE): Verdict {
  const missing = objects.declared.filter((declared) => findLive(declared, objects.live) === undefined);
  const findings = objects.declared
    .filter((declared) => !missing.includes(declared))
    .map((declared) => judgeObject(declared, objects, patience));
  const waiting = [
    ...missing.map((declared) => `${labelOf(declared)}: not there`),
    ...findings.flatMap((found) => found.waitingFor),
  ];
  const [culprit] = findings.flatMap((found) => found.culprits);
  const counts = findings.flatMap(({ pods }) => (pods === undefined ? [] : [pods]));
  return {
    state: culprit !== undefined ? 'failed' : waiting.length > 0 ? 'waiting' : 'ready',
    waitingFor: waiting,
    missing: missing.map(labelOf),
    isRunning: missing.length === 0 && findings.every(({ isRunning }) => isRunning),
    pods: {
      ready: counts.reduce((sum, { ready }) => sum + ready, 0),
      wanted: counts.reduce((sum, { wanted }) => sum + wanted, 0),
      unready: counts.flatMap(({ unready }) => unready),
    },
    ...(culprit === undefined ? {} : { culprit }),
  };
}

function labelOf({ kind, metadata }: ClusterObject): string {
  return `${kind.toLowerCase()} ${metadata.name}`;
}

function judgeObject(declared: ClusterObject, objects: ReleaseObjects, patience: Patience): Findings {
  const { kind } = declared;
  const isWorkload = (WORKLOAD_KINDS as readonly string[]).includes(kind);
  const isJudged =
    isWorkload ||
    ['Pod', 'Service', 'Ingress', 'PersistentVolumeClaim'].includes(kind) ||
    kind in CONDITION_BY_KIND;
  if (!isJudged) return FINE;
  const label = labelOf(declared);
  const live = findLive(declared, objects.live);
  if (live === undefined) return FINE; // counted as missing by the caller
  if (isWorkload || kind === 'Pod') {
    const pods = kind === 'Pod' ? [live] : currentPods(live, objects.live);
    return { ...judgePods(live, pods, label, objects, patience), pods: countPods(live, pods) };
  }
  if (kind === 'Service') return judgeService(live, label, objects);
  if (kind === 'Ingress') return judgeIngress(live, label, objects);
  if (kind === 'PersistentVolumeClaim') return judgeClaim(live, label, objects, patience);
  const reason = unmetCondition(live, CONDITION_BY_KIND[kind]!);
  return reason === undefined ? FINE : waitingFor(`${label}: ${reason}`);
}

const CONDITION_BY_KIND: Readonly<Record<string, string>> = {
  CustomResourceDefinition: 'Established',
  APIService: 'Available',
  // Of cert-manager.
  Certificate: 'Ready',
  ClusterIssuer: 'Ready',
  Issuer: 'Ready',
};

function findLive(declared: ClusterObject, live: readonly ClusterObject[]): ClusterObject | undefined {
  return live.find(
    ({ apiVersion, kind, metadata }) =>
      kind === declared.kind &&
      metadata.name === declared.metadata.name &&
      apiVersion === declared.apiVersion &&
      // Of a custom resource the manifest does not tell whether it lives in a namespace.
      (metadata.namespace === undefined || metadata.namespace === declared.metadata.namespace),
  );
}

function countPods(workload: ClusterObject, pods: readonly ClusterObject[]): PodCount {
  const unready = pods.filter((pod) => podProgress(pod).state !== 'ready');
  return { ready: pods.length - unready.length, wanted: wantedPods(workload), unready };
}

function judgePods(
  workload: ClusterObject,
  pods: readonly ClusterObject[],
  label: string,
  { live, nowMs }: ReleaseObjects,
  patience: Patience,
): Findings {
  const phases = pods.map((pod) => statusOf<{ phase: string }>(pod).phase);
  const isRunning = phases.length > 0 && phases.every((phase) => phase !== 'Pending');
  const progress = workload.kind === 'Pod' ? podProgress(workload) : judgeWorkload(workload, nowMs, patience);
  if (progress.state === 'ready') return FINE;
  const isJob = workload.kind === 'Job';
  // Old pods first: the youngest may not have had the time to show what is wrong.
  const byAge = [...pods].sort((a, b) => creationTime(a) - creationTime(b));
  for (const pod of byAge) {
    const trouble = findPodTrouble(pod, { events: eventsOf(pod, live), nowMs, patience, isJob });
    if (trouble !== undefined) {
      const { name, namespace } = pod.metadata;
      return blockedBy({ workload: label, namespace, pod: name, ...trouble }, isRunning);
    }
  }
  if (progress.state === 'waiting') return waitingFor(`${label}: ${progress.text}`, isRunning);
  const { reason, message } = progress;
  const last = isJob ? byAge.at(-1) : undefined;
  const pod = last === undefined ? {} : { pod: last.metadata.name };
  const { namespace } = workload.metadata;
  return blockedBy({ workload: label, namespace, reason, message, ...pod }, isRunning);
}

function creationTime(pod: ClusterObject): number {
  return timeOf(pod.metadata.creationTimestamp) ?? 0;
}

function podProgress(pod: ClusterObject): { state: 'ready' } | { state: 'waiting'; text: string } {
  const { phase = 'Pending', conditions } = statusOf<{ phase: string; conditions: readonly Condition[] }>(
    pod,
  );
  const isReady = phase === 'Succeeded' || conditionOf(conditions, 'Ready')?.status === 'True';
  return isReady ? { state: 'ready' } : { state: 'waiting', text: `it is ${phase} and not ready` };
}
