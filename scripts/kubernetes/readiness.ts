// Pure: whether a release is up, from the state of its own objects. Nothing here waits or asks.
import type { ClusterObject } from './cluster-api.ts';
import { blockedBy, eventsOf, FINE, type Findings, waitingFor } from './findings.ts';
import { judgeClaim } from './judge-claim.ts';
import { judgeService } from './judge-service.ts';
import { type Condition, conditionOf, statusOf, timeOf } from './object-shapes.ts';
import { type Culprit, DEFAULT_PATIENCE, findPodTrouble, type Patience } from './pod-trouble.ts';
import type { ReleaseObjects } from './release-objects.ts';
import { currentPods, judgeWorkload, WORKLOAD_KINDS } from './workload-progress.ts';

export interface Verdict {
  readonly state: 'ready' | 'waiting' | 'failed';
  /** For people: 'deployment backend: 1 of 2 pods ready'. Empty when ready. */
  readonly waitingFor: readonly string[];
  readonly culprit?: Culprit;
  /** Whether every pod of the current revision runs; they need not be ready. */
  readonly isRunning: boolean;
}

/** Judges all objects of a release. One that has failed makes the whole fail; otherwise all must be ready. */
export function judgeRelease(objects: ReleaseObjects, patience: Patience = DEFAULT_PATIENCE): Verdict {
  const waiting: string[] = [];
  const culprits: Culprit[] = [];
  let isRunning = true;
  for (const declared of objects.declared) {
    const found = judgeObject(declared, objects, patience);
    waiting.push(...found.waitingFor);
    culprits.push(...found.culprits);
    isRunning &&= found.isRunning;
  }
  const [culprit] = culprits;
  const state = culprit !== undefined ? 'failed' : waiting.length > 0 ? 'waiting' : 'ready';
  return { state, waitingFor: waiting, isRunning, ...(culprit === undefined ? {} : { culprit }) };
}

function judgeObject(declared: ClusterObject, objects: ReleaseObjects, patience: Patience): Findings {
  const { kind } = declared;
  const isWorkload = (WORKLOAD_KINDS as readonly string[]).includes(kind);
  const isJudged =
    isWorkload || ['Pod', 'Service', 'PersistentVolumeClaim'].includes(kind) || kind in CONDITION_BY_KIND;
  if (!isJudged) return FINE;
  const label = `${kind.toLowerCase()} ${declared.metadata.name}`;
  const live = objects.live.find((object) => isSame(object, declared));
  if (live === undefined) return waitingFor(`${label}: not there yet`, false);
  if (isWorkload) return judgePods(live, currentPods(live, objects.live), label, objects, patience);
  if (kind === 'Pod') return judgePods(live, [live], label, objects, patience);
  if (kind === 'Service') return judgeService(live, label, objects);
  if (kind === 'PersistentVolumeClaim') return judgeClaim(live, label, objects, patience);
  const { conditions } = statusOf<{ conditions: readonly Condition[] }>(live);
  const type = CONDITION_BY_KIND[kind]!;
  return conditionOf(conditions, type)?.status === 'True' ? FINE : waitingFor(`${label}: not ${type} yet`);
}

const CONDITION_BY_KIND: Readonly<Record<string, string>> = {
  CustomResourceDefinition: 'Established',
  APIService: 'Available',
};

function isSame(a: ClusterObject, b: ClusterObject): boolean {
  return (
    a.kind === b.kind && a.metadata.name === b.metadata.name && a.metadata.namespace === b.metadata.namespace
  );
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
      return blockedBy({ workload: label, pod: pod.metadata.name, ...trouble }, isRunning);
    }
  }
  if (progress.state === 'waiting') return waitingFor(`${label}: ${progress.text}`, isRunning);
  const { reason, message } = progress;
  const last = isJob ? byAge.at(-1) : undefined;
  const pod = last === undefined ? {} : { pod: last.metadata.name };
  return blockedBy({ workload: label, reason, message, ...pod }, isRunning);
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
