// Pure: what is wrong with a pod, if it is something that waiting does not mend.
import type { ClusterObject } from './cluster-api.ts';
import {
  conditionOf,
  type ContainerStatus,
  type EventFields,
  type PodStatus,
  specOf,
  statusOf,
  timeOf,
} from './object-shapes.ts';

export type TroubleReason =
  | 'ImagePullBackOff'
  | 'ErrImageNeverPull'
  | 'InvalidImageName'
  | 'CrashLoopBackOff'
  | 'OOMKilled'
  | 'CreateContainerConfigError'
  | 'CreateContainerError'
  | 'RunContainerError'
  | 'Unschedulable'
  | 'FailedMount'
  | 'FailedCreate'
  | 'ProbeFailing'
  | 'PodFailed'
  | 'JobFailed'
  | 'ClaimLost'
  | 'ProvisioningFailed'
  | 'ProgressDeadlineExceeded';

/** The one thing that blocks a release, as far as its objects tell. */
export interface Culprit {
  /** 'deployment backend' */
  readonly workload: string;
  /** Of the workload and its pod; absent where the release's own is meant. */
  readonly namespace?: string | undefined;
  readonly pod?: string;
  readonly container?: string;
  readonly reason: TroubleReason;
  readonly message: string;
}

export type PodTrouble = Pick<Culprit, 'container' | 'reason' | 'message'>;

/** How long a state that may mend itself is borne before it counts as failing. */
export interface Patience {
  readonly unschedulableMs: number;
  readonly imagePullMs: number;
  readonly containerSetupMs: number;
  readonly mountMs: number;
  readonly podCreationMs: number;
  readonly probeMs: number;
}

/** Guessed, with a cold machine of two cores in mind. */
export const DEFAULT_PATIENCE: Patience = {
  unschedulableMs: 10_000, // a fresh claim or a node that just joined
  imagePullMs: 15_000, // one failed pull may be a hiccup of the network; kubelet's back-off means several
  containerSetupMs: 10_000, // the runtime may be busy
  mountMs: 30_000,
  podCreationMs: 10_000, // a service account or webhook of the same release may come a moment later
  probeMs: 60_000, // beyond the slow start of most services; startup probes have their own patience
};

// Nothing but a change of the pod or of what it names mends these; Secrets are made before the release is.
const HOPELESS_REASONS = new Set([
  'ErrImageNeverPull',
  'InvalidImageName',
  'ImagePullBackOff',
  'CreateContainerConfigError',
]);
const CACHE_IS_LATE = /failed to sync (secret|configmap) cache/;
const PULL_REASONS = new Set(['ErrImagePull', 'RegistryUnavailable']);
const SETUP_REASONS = new Set(['CreateContainerError', 'RunContainerError']);

export interface PodContext {
  /** Events of this pod. */
  readonly events: readonly ClusterObject[];
  readonly nowMs: number;
  readonly patience: Patience;
  /** A Job counts its own failures: there a crash is no loop. */
  readonly isJob: boolean;
}

/** What blocks the pod, or undefined as long as there is hope. */
export function findPodTrouble(pod: ClusterObject, context: PodContext): PodTrouble | undefined {
  const status = statusOf<PodStatus>(pod);
  if (pod.metadata.deletionTimestamp !== undefined || status.phase === 'Succeeded') return undefined;
  if (status.phase === 'Failed') {
    // Its controller makes another one: evicted pods and those of a stopped node lie about for long.
    if ((pod.metadata.ownerReferences ?? []).length > 0) return undefined;
    return { reason: 'PodFailed', message: status.message ?? status.reason ?? 'the pod has failed' };
  }
  const scheduling = findSchedulingTrouble(pod, status, context);
  if (scheduling !== undefined) return scheduling;
  const ageMs = context.nowMs - (timeOf(pod.metadata.creationTimestamp) ?? context.nowMs);
  const statuses = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  for (const container of statuses) {
    const trouble = findContainerTrouble(container, ageMs, context);
    if (trouble !== undefined) return { ...trouble, container: container.name };
  }
  return findMountTrouble(status, ageMs, context) ?? findProbeTrouble(pod, status, context);
}

function findSchedulingTrouble(
  pod: ClusterObject,
  status: Partial<PodStatus>,
  { nowMs, patience }: PodContext,
): PodTrouble | undefined {
  const scheduled = conditionOf(status.conditions, 'PodScheduled');
  if (scheduled?.status !== 'False' || scheduled.reason !== 'Unschedulable') return undefined;
  const since = timeOf(scheduled.lastTransitionTime) ?? timeOf(pod.metadata.creationTimestamp) ?? nowMs;
  if (nowMs - since < patience.unschedulableMs) return undefined;
  return { reason: 'Unschedulable', message: scheduled.message ?? 'no node takes the pod' };
}

function findContainerTrouble(
  { state, lastState, restartCount = 0, ready }: ContainerStatus,
  podAgeMs: number,
  { patience, isJob }: PodContext,
): Omit<PodTrouble, 'container'> | undefined {
  const { reason = '', message = '' } = state?.waiting ?? {};
  // kubelet gives a Secret that it has not seen before one second, and then tries again.
  const isLate = CACHE_IS_LATE.test(message) && podAgeMs < patience.containerSetupMs;
  if (HOPELESS_REASONS.has(reason) && !isLate) return { reason: reason as TroubleReason, message };
  if (PULL_REASONS.has(reason) && podAgeMs >= patience.imagePullMs)
    return { reason: 'ImagePullBackOff', message };
  if (SETUP_REASONS.has(reason) && podAgeMs >= patience.containerSetupMs) {
    return { reason: reason as TroubleReason, message };
  }
  if (isJob || ready === true) return undefined;
  const last = lastState?.terminated ?? state?.terminated;
  const crashed =
    last !== undefined &&
    (last.exitCode !== 0 || last.reason === 'OOMKilled') &&
    // The runtime says so of what ran when the node itself was stopped.
    last.reason !== 'ContainerStatusUnknown' &&
    last.reason !== 'Unknown';
  // CrashLoopBackOff shows after the second crash; a container that exits with 0 again and again shows it too.
  if (reason !== 'CrashLoopBackOff' && !(restartCount >= 2 && crashed)) return undefined;
  const how =
    last?.reason === 'OOMKilled' ? 'was killed for want of memory' : `ended with exit code ${last?.exitCode}`;
  const text = last === undefined ? message : `it ${how}, ${restartCount + 1} times so far`;
  return { reason: last?.reason === 'OOMKilled' ? 'OOMKilled' : 'CrashLoopBackOff', message: text };
}

function findMountTrouble(
  status: Partial<PodStatus>,
  podAgeMs: number,
  { events, patience }: PodContext,
): PodTrouble | undefined {
  const isSettingUp = (status.containerStatuses ?? []).some(
    ({ state }) => state?.waiting?.reason === 'ContainerCreating',
  );
  if (!isSettingUp || podAgeMs < patience.mountMs) return undefined;
  const failed = lastEvent(events, ['FailedMount', 'FailedAttachVolume']);
  return failed === undefined ? undefined : { reason: 'FailedMount', message: failed.message ?? '' };
}

function findProbeTrouble(
  pod: ClusterObject,
  status: Partial<PodStatus>,
  { events, nowMs, patience }: PodContext,
): PodTrouble | undefined {
  const unready = (status.containerStatuses ?? []).find(({ ready, state }) => {
    const startedAt = timeOf(state?.running?.startedAt);
    if (ready === true || startedAt === undefined) return false;
    // One that served well for long may stumble: it counts from there, not from its start.
    const unreadySince = timeOf(conditionOf(status.conditions, 'ContainersReady')?.lastTransitionTime);
    return nowMs - Math.max(startedAt, unreadySince ?? startedAt) >= patience.probeMs;
  });
  // While a startup probe is still counting, its own threshold decides, by restarting the container.
  if (unready === undefined || (unready.started === false && hasStartupProbe(pod, unready.name)))
    return undefined;
  const failed = lastEvent(events, ['Unhealthy']);
  if (failed === undefined) return undefined;
  return { reason: 'ProbeFailing', container: unready.name, message: failed.message ?? 'a probe fails' };
}

function hasStartupProbe(pod: ClusterObject, container: string): boolean {
  const { containers = [] } = specOf<{ containers: { name: string; startupProbe?: object }[] }>(pod);
  return containers.some(({ name, startupProbe }) => name === container && startupProbe !== undefined);
}

/** The newest event with one of the reasons. */
export function lastEvent(
  events: readonly ClusterObject[],
  reasons: readonly string[],
): EventFields | undefined {
  return events
    .map((event) => event as unknown as EventFields)
    .filter(({ reason }) => reason !== undefined && reasons.includes(reason))
    .sort((a, b) => eventTime(b) - eventTime(a))[0];
}

/** When an event was last seen, in milliseconds since 1970; 0 where it does not say. */
export function eventTime(event: EventFields): number {
  const { series, lastTimestamp, eventTime: time, firstTimestamp } = event;
  return (
    timeOf(series?.lastObservedTime) ?? timeOf(lastTimestamp) ?? timeOf(time) ?? timeOf(firstTimestamp) ?? 0
  );
}
