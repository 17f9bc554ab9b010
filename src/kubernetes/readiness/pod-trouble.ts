// Pure: what keeps a pod from getting ready, and whether waiting can mend it.
//
// Nearly everything can: images are pushed, ConfigMaps and quotas come, databases get up, nodes get room. How long that
// may take is for the owner of the release to say. Hopeless is only what no time mends, by the rules of FailFast.
import type { ClusterObject } from '../client/cluster-api.ts';
import type { FailFast, FailFastRules } from './fail-fast.ts';
import {
  conditionOf,
  type ContainerStatus,
  type EventFields,
  type PodStatus,
  specOf,
  statusOf,
  timeOf,
} from '../object-shapes.ts';

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
  | 'PlaceTaken'
  | 'FailedMount'
  | 'FailedCreate'
  | 'ProbeFailing'
  | 'PodFailed'
  | 'JobFailed'
  | 'Paused'
  | 'ClaimLost'
  | 'ProvisioningFailed'
  | 'HookFailed';

/** The one thing that blocks a release, as far as its objects tell. */
export interface FailureCause {
  /** 'deployment backend' */
  readonly workload: string;
  /** Of the workload and its pod; absent where the release's own is meant. */
  readonly namespace?: string | undefined;
  readonly pod?: string;
  readonly container?: string;
  readonly reason: TroubleReason;
  readonly message: string;
}

export interface PodTrouble extends Pick<FailureCause, 'container' | 'reason' | 'message'> {
  /** Whether no time mends it. */
  readonly isHopeless: boolean;
}

// Of these references no registry knows anything: what is not in the node is nowhere.
const LOCAL_IMAGE = /^slipway\.local\//;
const PULL_REASONS = new Set(['ErrImagePull', 'ImagePullBackOff', 'RegistryUnavailable']);
const SETUP_REASONS = new Set(['CreateContainerConfigError', 'CreateContainerError', 'RunContainerError']);
/** What kubelet says of specs that can never run, whatever comes. Missing ConfigMaps, Secrets and keys may come. */
const IMPOSSIBLE_SETUP =
  /runAsNonRoot|non-numeric user|cannot verify user|no command specified|unsupported fieldPath|invalid/i;
/** What the API server says of pods that it will never take. Quotas, accounts and webhooks may come. */
const IMPOSSIBLE_POD = /violates PodSecurity|is invalid:|admission webhook .* denied the request/;
/** More than any node has at all, where the scheduler says so: from Kubernetes 1.32 on. */
const LARGER_THAN_ANY_NODE =
  /^0\/\d+ nodes are available: \d+ Insufficient (cpu|memory|ephemeral-storage)(, \d+ Insufficient (cpu|memory|ephemeral-storage))*\..*preemption: 0\/\d+ nodes are available: \d+ Preemption is not helpful for scheduling\.?$/;

/** One that may be bound to the place of another pod: a port of the node, a volume, room. */
const WANTS_A_PLACE = /free ports|Insufficient|ReadWriteOncePod|already used by|Multi-Attach/;

export interface PodContext {
  /** Events of this pod. */
  readonly events: readonly ClusterObject[];
  readonly nowMs: number;
  readonly failFast: FailFast;
  /** A Job counts its own failures: there a crash is no loop. */
  readonly isJob: boolean;
  /** Since when everything else of the release is ready; undefined while something is not. */
  readonly dependenciesReadyAtMs?: (() => number | undefined) | undefined;
  /** Other pods of the same workload: of the version before, or on their way out. */
  readonly others?: readonly ClusterObject[];
  /** Whether those stay until this one is ready: a rollout that may take none away before. */
  readonly othersStay?: boolean;
}

/** What keeps the pod from getting ready as far as it is known; undefined while all goes as it should. */
export function findPodTrouble(pod: ClusterObject, context: PodContext): PodTrouble | undefined {
  const status = statusOf<PodStatus>(pod);
  if (pod.metadata.deletionTimestamp !== undefined || status.phase === 'Succeeded') return undefined;
  if (status.phase === 'Failed') {
    // Its controller makes another one: evicted pods and those of a stopped node lie about for long.
    if ((pod.metadata.ownerReferences ?? []).length > 0) return undefined;
    const message = status.message ?? status.reason ?? 'the pod has failed';
    return { reason: 'PodFailed', message, isHopeless: true };
  }
  const scheduling = findSchedulingTrouble(status, context);
  if (scheduling !== undefined) return scheduling;
  for (const container of containersOf(status)) {
    const trouble = findContainerTrouble(pod, container, context);
    if (trouble !== undefined) return { ...trouble, container: container.name };
  }
  return findMountTrouble(status, context) ?? findProbeTrouble(pod, status, context);
}

/** What the pod is doing where nothing is wrong with it, for people; undefined: nothing worth telling. */
export function stageOf(pod: ClusterObject, events: readonly ClusterObject[]): string | undefined {
  const status = statusOf<PodStatus>(pod);
  const gate = conditionOf(status.conditions, 'PodScheduled');
  if (gate?.reason === 'SchedulingGated') return 'its scheduling gates are not taken off yet';
  const init = (status.initContainerStatuses ?? []).find(
    ({ state, started, ready }) => state?.running !== undefined && !(started === true && ready === true),
  );
  if (init !== undefined) return `its init container ${init.name} runs`;
  const isSettingUp = containersOf(status).some(({ state }) => state?.waiting !== undefined);
  const last = lastEvent(events, ['Pulling', 'Pulled', 'Created', 'Started', 'Failed', 'Scheduled']);
  if (isSettingUp && last?.reason === 'Pulling')
    return `image being pulled: ${/"([^"]+)"/.exec(last.message ?? '')?.[1] ?? last.message ?? ''}`;
  const unmet = (specOf<{ readinessGates: { conditionType: string }[] }>(pod).readinessGates ?? []).find(
    ({ conditionType }) => conditionOf(status.conditions, conditionType)?.status !== 'True',
  );
  const areReady = conditionOf(status.conditions, 'ContainersReady')?.status === 'True';
  return areReady && unmet !== undefined ? `its readiness gate ${unmet.conditionType} is not met` : undefined;
}

/** Whether a container of the pod crashes again and again, by whatever cause: what it ended with, for people. */
export function findCrash(pod: ClusterObject): string | undefined {
  return containersOf(statusOf<PodStatus>(pod))
    .map((container) => (container.ready === true ? undefined : crashOf(container)))
    .find((crash) => crash !== undefined && (crash.isBackedOff || crash.count >= 2))?.text;
}

/** Whether the API server will never take such a pod, by the words of its refusal. */
export function isRefusedForGood(message: string, sinceMs: number, { failFast, nowMs }: Rules): boolean {
  return failFast !== false && IMPOSSIBLE_POD.test(message) && lasts(sinceMs, nowMs, failFast);
}

export type Rules = Pick<PodContext, 'failFast' | 'nowMs'>;

function lasts(sinceMs: number | undefined, nowMs: number, { afterSeconds }: FailFastRules): boolean {
  return sinceMs !== undefined && nowMs - sinceMs >= afterSeconds * 1000;
}

function containersOf(status: Partial<PodStatus>): ContainerStatus[] {
  return [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
}

function findSchedulingTrouble(status: Partial<PodStatus>, context: PodContext): PodTrouble | undefined {
  const scheduled = conditionOf(status.conditions, 'PodScheduled');
  if (scheduled?.status !== 'False' || scheduled.reason !== 'Unschedulable') return undefined;
  const message = scheduled.message ?? 'no node takes the pod';
  const { failFast, nowMs } = context;
  const isHopeless =
    failFast !== false &&
    LARGER_THAN_ANY_NODE.test(message) &&
    lasts(timeOf(scheduled.lastTransitionTime), nowMs, failFast);
  return placeTaken(message, context) ?? { reason: 'Unschedulable', message, isHopeless };
}

/** Another pod of the workload has the port, the volume or the room that this one needs. */
function placeTaken(
  message: string,
  { others = [], othersStay = false }: PodContext,
): PodTrouble | undefined {
  if (!WANTS_A_PLACE.test(message)) return undefined;
  const leaving = others.find(({ metadata }) => metadata.deletionTimestamp !== undefined);
  if (leaving !== undefined) {
    const text = `it waits for pod ${leaving.metadata.name} to end: ${message}`;
    return { reason: 'Unschedulable', message: text, isHopeless: false };
  }
  const [staying] = others;
  if (staying === undefined || !othersStay) return undefined;
  const text = `pod ${staying.metadata.name} of the version before has its place, and stays until this one is ready: ${message}`;
  return { reason: 'PlaceTaken', message: text, isHopeless: false };
}

type ContainerTrouble = Omit<PodTrouble, 'container'>;

function findContainerTrouble(
  pod: ClusterObject,
  container: ContainerStatus,
  context: PodContext,
): ContainerTrouble | undefined {
  const { failFast, nowMs, isJob } = context;
  const { reason = '', message = '' } = container.state?.waiting ?? {};
  const isLasting = failFast !== false && lasts(startOf(pod), nowMs, failFast);
  if (reason === 'ErrImageNeverPull' || reason === 'InvalidImageName')
    return { reason, message, isHopeless: failFast !== false };
  if (PULL_REASONS.has(reason)) {
    const image = imageOf(pod, container.name);
    const isHopeless = isLasting && image !== undefined && LOCAL_IMAGE.test(image);
    // While kubelet backs off it says no more than that; why is in the event of the last try.
    const why = lastEvent(context.events, ['Failed'], /pull/)?.message ?? message;
    return { reason: 'ImagePullBackOff', message: why, isHopeless };
  }
  if (SETUP_REASONS.has(reason)) {
    const isHopeless = isLasting && IMPOSSIBLE_SETUP.test(message);
    return { reason: reason as TroubleReason, message, isHopeless };
  }
  if (container.ready === true) return undefined;
  const crash = crashOf(container);
  if (crash === undefined) return undefined;
  return {
    reason: crash.isOutOfMemory ? 'OOMKilled' : 'CrashLoopBackOff',
    message: crash.text,
    isHopeless: !isJob && failFast !== false && isHopelessCrash(pod, crash, context, failFast),
  };
}

interface Crash {
  /** Runs that ended so; all runs are taken for alike. */
  readonly count: number;
  readonly isBackedOff: boolean;
  readonly isOutOfMemory: boolean;
  /** Whether it runs again: this may be the run that goes well. */
  readonly runsAgain: boolean;
  /** When the last of them began; undefined where that is not told. */
  readonly beganAtMs: number | undefined;
  readonly text: string;
}

function crashOf({ state, lastState, restartCount = 0 }: ContainerStatus): Crash | undefined {
  const isBackedOff = state?.waiting?.reason === 'CrashLoopBackOff';
  const last = state?.terminated ?? lastState?.terminated;
  const crashed =
    last !== undefined &&
    (last.exitCode !== 0 || last.reason === 'OOMKilled') &&
    // The runtime says so of what ran when the node itself was stopped.
    last.reason !== 'ContainerStatusUnknown' &&
    last.reason !== 'Unknown';
  // A container that exits with 0 again and again is backed off, too.
  if (!crashed && !isBackedOff) return undefined;
  const runsAgain = state?.running !== undefined;
  const count = restartCount + (runsAgain ? 0 : 1);
  if (count === 0) return undefined;
  const isOutOfMemory = last?.reason === 'OOMKilled';
  const how = isOutOfMemory ? 'was killed for want of memory' : `ended with exit code ${last?.exitCode}`;
  const text =
    last === undefined ? (state?.waiting?.message ?? '') : `it ${how}, ${count} ${times(count)} so far`;
  // What could not even be started has begun in 1970.
  const beganAtMs = [last?.startedAt, last?.finishedAt]
    .map(timeOf)
    .find((time) => time !== undefined && time > 0);
  return { count, isBackedOff, isOutOfMemory, runsAgain, beganAtMs, text };
}

function times(count: number): string {
  return count === 1 ? 'time' : 'times';
}

function isHopelessCrash(
  pod: ClusterObject,
  { count, runsAgain, beganAtMs }: Crash,
  { dependenciesReadyAtMs, others = [], nowMs }: PodContext,
  rules: FailFastRules,
): boolean {
  if (runsAgain || count < rules.crashes) return false;
  // A volume or a lock may be in the hands of the pod that goes.
  if (others.some(({ metadata }) => metadata.deletionTimestamp !== undefined)) return false;
  const readyAt = dependenciesReadyAtMs === undefined ? 0 : dependenciesReadyAtMs();
  if (readyAt === undefined) return false;
  const from = Math.max(readyAt, startOf(pod) ?? 0);
  return lasts(from, beganAtMs ?? nowMs, rules);
}

/** Since when kubelet knows of the pod. */
function startOf(pod: ClusterObject): number | undefined {
  return timeOf(statusOf<PodStatus>(pod).startTime) ?? timeOf(pod.metadata.creationTimestamp);
}

function imageOf(pod: ClusterObject, container: string): string | undefined {
  type Containers = { name: string; image?: string }[];
  const { initContainers = [], containers = [] } = specOf<{
    initContainers: Containers;
    containers: Containers;
  }>(pod);
  return [...initContainers, ...containers].find(({ name }) => name === container)?.image;
}

function findMountTrouble(status: Partial<PodStatus>, context: PodContext): PodTrouble | undefined {
  const isSettingUp = containersOf(status).some(({ state }) =>
    ['ContainerCreating', 'PodInitializing'].includes(state?.waiting?.reason ?? ''),
  );
  const failed = lastEvent(context.events, ['FailedMount', 'FailedAttachVolume', 'FailedCreatePodSandBox']);
  if (!isSettingUp || failed === undefined || !isNewest(failed, context.events)) return undefined;
  const message = failed.message ?? '';
  return placeTaken(message, context) ?? { reason: 'FailedMount', message, isHopeless: false };
}

/** Whether nothing has gone better since: of what happened in the same second the order is not told. */
function isNewest(event: EventFields, events: readonly ClusterObject[]): boolean {
  const better = lastEvent(events, ['Pulling', 'Pulled', 'Created', 'Started']);
  return better === undefined || eventTime(better) <= eventTime(event);
}

function findProbeTrouble(
  pod: ClusterObject,
  status: Partial<PodStatus>,
  { events }: PodContext,
): PodTrouble | undefined {
  const unready = (status.containerStatuses ?? []).find(
    ({ ready, state }) => ready !== true && state?.running !== undefined,
  );
  const failed = lastEvent(events, ['Unhealthy', 'ProbeError']);
  if (unready === undefined || failed === undefined) return undefined;
  const message = failed.message ?? 'a probe fails';
  return { reason: 'ProbeFailing', container: unready.name, message, isHopeless: false };
}

/** The newest event with one of the reasons, and with such a message where one is asked for. */
export function lastEvent(
  events: readonly ClusterObject[],
  reasons: readonly string[],
  text?: RegExp,
): EventFields | undefined {
  return events
    .map((event) => event as unknown as EventFields)
    .filter(({ reason }) => reason !== undefined && reasons.includes(reason))
    .filter(({ message = '' }) => text === undefined || text.test(message))
    .sort((a, b) => eventTime(b) - eventTime(a))[0];
}

/** When an event was last seen, in milliseconds since 1970; 0 where it does not say. */
export function eventTime(event: EventFields): number {
  const { series, lastTimestamp, eventTime: time, firstTimestamp } = event;
  return (
    timeOf(series?.lastObservedTime) ?? timeOf(lastTimestamp) ?? timeOf(time) ?? timeOf(firstTimestamp) ?? 0
  );
}
