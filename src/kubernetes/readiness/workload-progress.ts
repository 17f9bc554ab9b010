// Pure: how far the rollout of one workload is, from its own status.
import type { ClusterObject } from '../client/cluster-api.ts';
import {
  conditionOf,
  isOwnedBy,
  specOf,
  statusOf,
  timeOf,
  type WorkloadSpec,
  type WorkloadStatus,
} from '../object-shapes.ts';
import { eventTime, isRefusedForGood, lastEvent, type Rules } from './pod-trouble.ts';
import { inSentence } from './findings.ts';
import type { ReleaseObjects } from './release-objects.ts';

export type WorkloadProgress =
  | { readonly state: 'ready' }
  | {
      readonly state: 'waiting';
      readonly text: string;
      /** What is wrong, where something is. */
      readonly reason?: 'FailedCreate' | 'Paused' | undefined;
      readonly message?: string;
    }
  | {
      readonly state: 'failed';
      readonly reason: 'FailedCreate' | 'JobFailed';
      readonly message: string;
    };

const READY: WorkloadProgress = { state: 'ready' };

/** The kinds that this file knows. */
export const WORKLOAD_KINDS = ['Deployment', 'StatefulSet', 'DaemonSet', 'Job'] as const;

/** What is still missing until the rollout of the current generation is complete, old pods gone included. */
export function judgeWorkload(
  workload: ClusterObject,
  events: readonly ClusterObject[],
  rules: Rules,
): WorkloadProgress {
  const status = statusOf<WorkloadStatus>(workload);
  const { generation } = workload.metadata;
  if (workload.kind === 'Job') return withRefusal(judgeJob(workload), workload, events, rules);
  if (generation !== undefined && (status.observedGeneration ?? 0) < generation)
    return waiting('its change is not seen yet');
  switch (workload.kind) {
    case 'Deployment':
      return judgeDeployment(workload, rules);
    case 'StatefulSet':
      return withRefusal(judgeStatefulSet(workload), workload, events, rules);
    case 'DaemonSet':
      return withRefusal(judgeDaemonSet(status, specOf<WorkloadSpec>(workload)), workload, events, rules);
    default:
      return READY;
  }
}

/** A Deployment tells in a condition that its pods are refused; of the other kinds only events tell it. */
function withRefusal(
  progress: WorkloadProgress,
  { metadata }: ClusterObject,
  events: readonly ClusterObject[],
  rules: Rules,
): WorkloadProgress {
  if (progress.state !== 'waiting') return progress;
  const refused = lastEvent(events, ['FailedCreate']);
  const made = lastEvent(events, ['SuccessfulCreate']);
  if (refused === undefined || (made !== undefined && eventTime(made) > eventTime(refused))) return progress;
  const sinceMs = timeOf(refused.firstTimestamp) ?? timeOf(metadata.creationTimestamp) ?? rules.nowMs;
  return refusal(progress.text, refused.message, sinceMs, rules);
}

function refusal(
  text: string,
  message = 'its pods are refused',
  sinceMs: number,
  rules: Rules,
): WorkloadProgress {
  if (isRefusedForGood(message, sinceMs, rules)) return { state: 'failed', reason: 'FailedCreate', message };
  return { state: 'waiting', text: `${text} (${inSentence(message)})`, reason: 'FailedCreate', message };
}

/** The deadline that a Deployment sets itself says nothing: it goes on trying, and so does its owner. */
function judgeDeployment(workload: ClusterObject, rules: Rules): WorkloadProgress {
  const { name, namespace } = workload.metadata;
  const { replicas: wanted = 1, paused } = specOf<WorkloadSpec>(workload);
  const status = statusOf<WorkloadStatus>(workload);
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0, conditions } = status;
  const isComplete = updatedReplicas >= wanted && availableReplicas >= wanted && replicas <= updatedReplicas;
  if (isComplete) return READY;
  if (paused === true) {
    const command = `kubectl -n ${namespace} rollout resume deployment/${name}`;
    return {
      ...waiting(`its rollout is paused: ${command}`),
      reason: 'Paused',
      message: 'its rollout is paused',
    };
  }
  if (updatedReplicas < wanted) {
    const text = `${updatedReplicas} of ${wanted} new pods made`;
    const refused = conditionOf(conditions, 'ReplicaFailure');
    if (refused?.status !== 'True') return waiting(text);
    return refusal(text, refused.message, timeOf(refused.lastTransitionTime) ?? rules.nowMs, rules);
  }
  if (availableReplicas < wanted) return waiting(`${availableReplicas} of ${wanted} pods ready`);
  return waiting(`${replicas - updatedReplicas} old pods still there`);
}

function judgeStatefulSet(workload: ClusterObject): WorkloadProgress {
  const { replicas: wanted = 1, updateStrategy } = specOf<WorkloadSpec>(workload);
  const { updatedReplicas = 0, readyReplicas = 0, replicas = 0 } = statusOf<WorkloadStatus>(workload);
  if (updateStrategy?.type !== 'OnDelete') {
    const toUpdate = Math.max(0, wanted - (updateStrategy?.rollingUpdate?.partition ?? 0));
    if (updatedReplicas < toUpdate) return waiting(`${updatedReplicas} of ${toUpdate} pods updated`);
  }
  if (readyReplicas < wanted) return waiting(`${readyReplicas} of ${wanted} pods ready`);
  return replicas > wanted ? waiting(`${replicas - wanted} pods too many`) : READY;
}

function judgeDaemonSet(status: Partial<WorkloadStatus>, spec: Partial<WorkloadSpec>): WorkloadProgress {
  const { desiredNumberScheduled: wanted = 0, updatedNumberScheduled = 0, numberAvailable = 0 } = status;
  if (spec.updateStrategy?.type !== 'OnDelete' && updatedNumberScheduled < wanted) {
    return waiting(`${updatedNumberScheduled} of ${wanted} pods updated`);
  }
  return numberAvailable < wanted ? waiting(`${numberAvailable} of ${wanted} pods ready`) : READY;
}

function judgeJob(job: ClusterObject): WorkloadProgress {
  const { completions = 1, suspend } = specOf<WorkloadSpec>(job);
  const { conditions, succeeded = 0 } = statusOf<WorkloadStatus>(job);
  const isTrue = (type: string): boolean => conditionOf(conditions, type)?.status === 'True';
  if (isTrue('Complete') || suspend === true) return READY;
  if (isTrue('Failed')) {
    const { reason, message } = conditionOf(conditions, 'Failed') ?? {};
    return { state: 'failed', reason: 'JobFailed', message: message ?? reason ?? 'the job has failed' };
  }
  return waiting(`${succeeded} of ${completions} runs done`);
}

/** How many pods of the newest revision there shall be in the end. */
export function wantedPods(workload: ClusterObject): number {
  if (workload.kind === 'Pod') return 1;
  if (workload.kind === 'DaemonSet') return statusOf<WorkloadStatus>(workload).desiredNumberScheduled ?? 0;
  const { replicas = 1, completions = 1 } = specOf<WorkloadSpec>(workload);
  return workload.kind === 'Job' ? completions : replicas;
}

function waiting(text: string): WorkloadProgress & { readonly state: 'waiting' } {
  return { state: 'waiting', text };
}

/**
 * The pods of the workload's newest revision. Pods of an older one are on their way out: that they are unwell
 * is often the very reason for the change, and says nothing about it.
 */
export function currentPods(workload: ClusterObject, all: readonly ClusterObject[]): ClusterObject[] {
  const pods = all.filter(({ kind }) => kind === 'Pod');
  if (workload.kind === 'Job') return pods.filter((pod) => isOwnedBy(pod, workload));
  if (workload.metadata.generation !== undefined) {
    const { observedGeneration = 0 } = statusOf<WorkloadStatus>(workload);
    if (observedGeneration < workload.metadata.generation) return [];
  }
  switch (workload.kind) {
    case 'Deployment': {
      const revision = revisionOf(workload);
      const sets = all.filter((set) => set.kind === 'ReplicaSet' && isOwnedBy(set, workload));
      const current = sets.find((set) => revision !== undefined && revisionOf(set) === revision);
      return current === undefined ? [] : pods.filter((pod) => isOwnedBy(pod, current));
    }
    case 'StatefulSet':
      return withRevision(workload, pods, statusOf<WorkloadStatus>(workload).updateRevision);
    case 'DaemonSet': {
      const revisions = all.filter((item) => item.kind === 'ControllerRevision' && isOwnedBy(item, workload));
      const newest = revisions.sort((a, b) => Number(b['revision']) - Number(a['revision']))[0];
      return withRevision(workload, pods, newest?.metadata.labels?.['controller-revision-hash']);
    }
    default:
      return [];
  }
}

/** The pods of the workload that are not among its current ones, and those of these that are on their way out. */
export function otherPods(
  workload: ClusterObject,
  current: readonly ClusterObject[],
  all: readonly ClusterObject[],
): ClusterObject[] {
  const owners = [workload, ...all.filter((set) => set.kind === 'ReplicaSet' && isOwnedBy(set, workload))];
  return all.filter(
    (pod) =>
      pod.kind === 'Pod' &&
      owners.some((owner) => isOwnedBy(pod, owner)) &&
      (pod.metadata.deletionTimestamp !== undefined || !current.includes(pod)),
  );
}

/** Whether the rollout takes no pod of the version before away until one of the new version is ready. */
export function keepsOldPods(workload: ClusterObject): boolean {
  if (workload.kind !== 'Deployment') return false;
  const { replicas = 1, strategy } = specOf<WorkloadSpec>(workload);
  if (strategy?.type === 'Recreate') return false;
  const { maxUnavailable = '25%' } = strategy?.rollingUpdate ?? {};
  const percent = /^(\d+)%$/.exec(String(maxUnavailable))?.[1];
  // A share is rounded down. https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#max-unavailable
  return (
    (percent === undefined ? Number(maxUnavailable) : Math.floor((Number(percent) * replicas) / 100)) === 0
  );
}

function revisionOf(object: ClusterObject): string | undefined {
  return object.metadata.annotations?.['deployment.kubernetes.io/revision'];
}

function withRevision(
  owner: ClusterObject,
  pods: readonly ClusterObject[],
  hash: string | undefined,
): ClusterObject[] {
  return pods.filter(
    (pod) =>
      isOwnedBy(pod, owner) &&
      hash !== undefined &&
      pod.metadata.labels?.['controller-revision-hash'] === hash,
  );
}

/** The same of all workloads of a release. */
export function currentPodsOf({ declared, live }: ReleaseObjects): ClusterObject[] {
  const isDeclared = (object: ClusterObject): boolean =>
    declared.some(
      ({ kind, metadata }) =>
        kind === object.kind &&
        metadata.name === object.metadata.name &&
        metadata.namespace === object.metadata.namespace,
    );
  return live
    .filter((object) => (WORKLOAD_KINDS as readonly string[]).includes(object.kind) && isDeclared(object))
    .flatMap((workload) => currentPods(workload, live));
}
