// Pure: whether a release is up, from the state of its own objects. Nothing here waits or asks.
import type { ClusterObject } from '../client/cluster-api.ts';
import { DEFAULT_FAIL_FAST, type FailFast } from './fail-fast.ts';
import {
  blockedBy,
  eventsOf,
  FINE,
  type Findings,
  inSentence,
  type PodCount,
  unmetCondition,
  waitingFor,
} from './findings.ts';
import { judgeClaim } from './judge-claim.ts';
import { judgeIngress } from './judge-ingress.ts';
import { judgeService } from './judge-service.ts';
import { conditionOf, type PodStatus, statusOf, timeOf, type WorkloadStatus } from '../object-shapes.ts';
import { type FailureCause, findCrash, findPodTrouble, stageOf } from './pod-trouble.ts';
import { isPassing } from './passing-objects.ts';
import type { ReleaseObjects } from './release-objects.ts';
import {
  currentPods,
  judgeWorkload,
  keepsOldPods,
  otherPods,
  wantedPods,
  type WorkloadProgress,
  WORKLOAD_KINDS,
} from './workload-progress.ts';

export interface Verdict {
  readonly state: 'ready' | 'waiting' | 'failed';
  /** For people: 'deployment backend: 1 of 2 pods ready'. Empty when ready. */
  readonly waitingFor: readonly string[];
  /** Declared objects, of whatever kind, that the cluster does not have: 'configmap backend'. */
  readonly missing: readonly string[];
  /** What no waiting mends. */
  readonly failureCause?: FailureCause;
  /** What is wrong and may mend itself. */
  readonly troubles: readonly FailureCause[];
  /** Whether every pod of the current revision runs; they need not be ready. */
  readonly isRunning: boolean;
  readonly pods: PodCount;
}

/** Judges all objects of a release. One that has failed makes the whole fail; otherwise all must be ready. */
export function judgeRelease(objects: ReleaseObjects, failFast: FailFast = DEFAULT_FAIL_FAST): Verdict {
  const absent = objects.declared.filter((declared) => findLive(declared, objects.live) === undefined);
  const missing = absent.filter((declared) => !isPassing(declared));
  const findings = objects.declared
    .filter((declared) => !absent.includes(declared))
    .map((declared) => judgeObject(declared, objects, failFast));
  const waiting = [
    ...missing.map((declared) => `${labelOf(declared)}: not there`),
    ...findings.flatMap((found) => found.waitingFor),
  ];
  const [failureCause] = findings.flatMap((found) => found.failureCauses);
  const counts = findings.flatMap(({ pods }) => (pods === undefined ? [] : [pods]));
  return {
    state: failureCause !== undefined ? 'failed' : waiting.length > 0 ? 'waiting' : 'ready',
    waitingFor: waiting,
    missing: missing.map(labelOf),
    troubles: findings.flatMap(({ troubles = [] }) => troubles),
    isRunning: missing.length === 0 && findings.every(({ isRunning }) => isRunning),
    pods: {
      ready: counts.reduce((sum, { ready }) => sum + ready, 0),
      wanted: counts.reduce((sum, { wanted }) => sum + wanted, 0),
      unready: counts.flatMap(({ unready }) => unready),
    },
    ...(failureCause === undefined ? {} : { failureCause }),
  };
}

function labelOf({ kind, metadata }: ClusterObject): string {
  return `${kind.toLowerCase()} ${metadata.name}`;
}

function judgeObject(declared: ClusterObject, objects: ReleaseObjects, failFast: FailFast): Findings {
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
    return { ...judgePods(live, pods, label, objects, failFast), pods: countPods(live, pods) };
  }
  if (kind === 'Service') return judgeService(live, label, objects);
  if (kind === 'Ingress') return judgeIngress(live, label, objects);
  if (kind === 'PersistentVolumeClaim') return judgeClaim(live, label, objects);
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
  objects: ReleaseObjects,
  failFast: FailFast,
): Findings {
  const { live, nowMs } = objects;
  const phases = pods.map((pod) => statusOf<PodStatus>(pod).phase);
  const isRunning = phases.length > 0 && phases.every((phase) => phase !== 'Pending');
  const rules = { failFast, nowMs };
  const progress =
    workload.kind === 'Pod'
      ? podProgress(workload)
      : judgeWorkload(workload, eventsOf(workload, live), rules);
  if (progress.state === 'ready') return FINE;
  const isJob = workload.kind === 'Job';
  const { namespace } = workload.metadata;
  // Old pods first: the youngest may not have had the time to show what is wrong.
  const byAge = [...pods].sort((a, b) => creationTime(a) - creationTime(b));
  const context = {
    ...rules,
    isJob,
    dependenciesReadyAtMs: () => othersReadyAt(workload, objects),
    others: otherPods(workload, pods, live),
    othersStay: keepsOldPods(workload),
  };
  const troubles = byAge.flatMap((pod): { isHopeless: boolean; failureCause: FailureCause }[] => {
    const trouble = findPodTrouble(pod, { ...context, events: eventsOf(pod, live) });
    if (trouble === undefined) return [];
    const { isHopeless, ...what } = trouble;
    const { name, namespace: own } = pod.metadata;
    return [{ isHopeless, failureCause: { workload: label, namespace: own, pod: name, ...what } }];
  });
  const hopeless = troubles.find(({ isHopeless }) => isHopeless);
  if (hopeless !== undefined) return blockedBy(hopeless.failureCause, isRunning);
  if (progress.state === 'waiting') {
    const trouble = troubles[0]?.failureCause;
    const [staged] = byAge.flatMap((pod) => {
      const stage = stageOf(pod, eventsOf(pod, live));
      return stage === undefined ? [] : [`pod ${pod.metadata.name}: ${stage}`];
    });
    const told = trouble === undefined ? staged : `pod ${trouble.pod}: ${inSentence(trouble.message)}`;
    const text = `${label}: ${progress.text}${told === undefined ? '' : ` (${told})`}`;
    if (trouble !== undefined) return waitingFor(text, isRunning, trouble);
    const { reason, message = '' } = progress;
    return waitingFor(text, isRunning, reason && { workload: label, namespace, reason, message });
  }
  const { reason, message } = progress;
  const last = isJob ? byAge.at(-1) : undefined;
  const pod = last === undefined ? {} : { pod: last.metadata.name };
  return blockedBy({ workload: label, namespace, reason, message, ...pod }, isRunning);
}

/**
 * Since when all other workloads of the release are ready: what a program depends on may be among them. Those that
 * crash themselves are passed over, or two that crash for a mistake of their own would wait for each other.
 * Undefined while one is on its way. What a release needs of others was there before it.
 */
function othersReadyAt(workload: ClusterObject, { declared, live }: ReleaseObjects): number | undefined {
  let readyAt = 0;
  for (const object of declared) {
    if (object.kind !== 'Pod' && !(WORKLOAD_KINDS as readonly string[]).includes(object.kind)) continue;
    const other = findLive(object, live);
    if (other === undefined) return undefined;
    if (other.metadata.uid === workload.metadata.uid) continue;
    const pods = object.kind === 'Pod' ? [other] : currentPods(other, live);
    const times =
      object.kind === 'Job' ? [timeOf(statusOf<WorkloadStatus>(other).completionTime)] : pods.map(readySince);
    const isReady =
      object.kind === 'Job'
        ? judgeWorkload(other, [], { failFast: false, nowMs: 0 }).state === 'ready'
        : pods.length >= wantedPods(other) && times.every((time) => time !== undefined);
    if (!isReady && !pods.some((pod) => findCrash(pod) !== undefined)) return undefined;
    readyAt = Math.max(readyAt, ...times.map((time) => time ?? 0));
  }
  return readyAt;
}

function readySince(pod: ClusterObject): number | undefined {
  const ready = conditionOf(statusOf<PodStatus>(pod).conditions, 'Ready');
  return ready?.status === 'True' ? (timeOf(ready.lastTransitionTime) ?? 0) : undefined;
}

function creationTime(pod: ClusterObject): number {
  return timeOf(pod.metadata.creationTimestamp) ?? 0;
}

function podProgress(pod: ClusterObject): WorkloadProgress {
  const { phase = 'Pending', conditions } = statusOf<PodStatus>(pod);
  const isReady = phase === 'Succeeded' || conditionOf(conditions, 'Ready')?.status === 'True';
  return isReady ? { state: 'ready' } : { state: 'waiting', text: `it is ${phase} and not ready` };
}
