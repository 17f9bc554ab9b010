// Pure: how far the rollout of one workload is, from its own status.
import type { ClusterObject } from './cluster-api.ts';
import {
  conditionOf,
  isOwnedBy,
  specOf,
  statusOf,
  timeOf,
  type WorkloadSpec,
  type WorkloadStatus,
} from './object-shapes.ts';
import type { Patience } from './pod-trouble.ts';
import type { ReleaseObjects } from './release-objects.ts';

export type WorkloadProgress =
  | { readonly state: 'ready' }
  | { readonly state: 'waiting'; readonly text: string }
  | {
      readonly state: 'failed';
      readonly reason: 'ProgressDeadlineExceeded' | 'FailedCreate' | 'JobFailed';
      readonly message: string;
    };

const READY: WorkloadProgress = { state: 'ready' };

/** The kinds that this file knows. */
export const WORKLOAD_KINDS = ['Deployment', 'StatefulSet', 'DaemonSet', 'Job'] as const;

/** What is still missing until the rollout of the current generation is complete, old pods gone included. */
export function judgeWorkload(workload: ClusterObject, nowMs: number, patience: Patience): WorkloadProgress {
  const status = statusOf<WorkloadStatus>(workload);
  const { generation } = workload.metadata;
  if (workload.kind === 'Job') return judgeJob(workload);
  if (generation !== undefined && (status.observedGeneration ?? 0) < generation)
    return waiting('its change is not seen yet');
  switch (workload.kind) {
    case 'Deployment':
      return judgeDeployment(workload, nowMs, patience);
    case 'StatefulSet':
      return judgeStatefulSet(workload);
    case 'DaemonSet':
      return judgeDaemonSet(status, specOf<WorkloadSpec>(workload));
    default:
      return READY;
  }
}

function judgeDeployment(workload: ClusterObject, nowMs: number, patience: Patience): WorkloadProgress {
  const { replicas: wanted = 1, paused } = specOf<WorkloadSpec>(workload);
  const status = statusOf<WorkloadStatus>(workload);
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0, conditions } = status;
  const progressing = conditionOf(conditions, 'Progressing');
  if (progressing?.status === 'False' && progressing.reason === 'ProgressDeadlineExceeded') {
    return { state: 'failed', reason: 'ProgressDeadlineExceeded', message: progressing.message ?? '' };
  }
  if (paused === true) return waiting('its rollout is paused');
  if (updatedReplicas < wanted) {
    const refused = conditionOf(conditions, 'ReplicaFailure');
    const refusedForMs = nowMs - (timeOf(refused?.lastTransitionTime) ?? nowMs);
    if (refused?.status === 'True' && refusedForMs >= patience.podCreationMs) {
      return { state: 'failed', reason: 'FailedCreate', message: refused.message ?? 'its pods are refused' };
    }
    return waiting(`${updatedReplicas} of ${wanted} new pods made`);
  }
  if (availableReplicas < wanted) return waiting(`${availableReplicas} of ${wanted} pods ready`);
  if (replicas > updatedReplicas) return waiting(`${replicas - updatedReplicas} old pods still there`);
  return READY;
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

function waiting(text: string): WorkloadProgress {
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
