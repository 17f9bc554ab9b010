// Turns what blocks a release into the Failure that a person reads: events, log tail, and what to do.
import { Failure } from '../../failure.ts';
import type { ClusterApi, ClusterObject } from '../client/cluster-api.ts';
import { hintOfLog } from './hint-of-log.ts';
import { type EventFields, type PodStatus, statusOf } from '../object-shapes.ts';
import { type FailureCause, eventTime, type TroubleReason } from './pod-trouble.ts';

const EVENT_LINES = 8;
const LOG_LINES = 20;

const HINTS: Readonly<Partial<Record<TroubleReason, string>>> = {
  ErrImageNeverPull: 'The image is not in the node. Is its reference in the values the one that was built?',
  InvalidImageName: 'Correct the image reference in the values of the chart.',
  ImagePullBackOff: 'The image is neither in the node nor to be had from a registry. Is its reference right?',
  Unschedulable: 'Lower the requests of the pod, or give the cluster more room.',
  PlaceTaken:
    'The old pod has to go first: set `strategy: { type: Recreate }` in the Deployment, or a rollingUpdate with ' +
    'maxSurge 0 and maxUnavailable 1.',
  CreateContainerConfigError: 'A Secret or ConfigMap that the pod names is missing, or lacks a key.',
  FailedMount: 'A Secret, ConfigMap or claim that the pod mounts is missing.',
  OOMKilled: 'Raise the memory limit of the container, or let it use less.',
  CrashLoopBackOff:
    'The end of its log says why the program stops. Has it its settings, and what it connects to?',
  JobFailed: 'The end of its log says why. Correct it and run `slipway up` again.',
  FailedCreate:
    'The cluster refuses the pods: by a quota, a rule of admission, or for want of their service account.',
  Paused: 'Resume the rollout, or take `paused` out of the Deployment.',
  ProvisioningFailed: 'Does the storage class exist, and does its provisioner run?',
  ProbeFailing:
    'Does the probe ask the right port and path, and does the service answer there? Where it only takes longer, ' +
    'raise readyWithinSeconds of the release.',
};

/** What to do about it, where that is known. */
export function hintOf(reason: TroubleReason | undefined): string | undefined {
  return reason === undefined ? undefined : HINTS[reason];
}

export interface ExplainRequest {
  readonly api: ClusterApi;
  readonly failureCause: FailureCause;
  readonly namespace: string;
  readonly live: readonly ClusterObject[];
}

/** Failure 'release'. What cannot be fetched is left out: the failure itself must always come through. */
export async function explainFailureCause(request: ExplainRequest, signal: AbortSignal): Promise<Failure> {
  const { api, failureCause, live } = request;
  const { workload, pod, container, reason, message, namespace = request.namespace } = failureCause;
  const where = [
    pod === undefined ? '' : `pod ${pod}`,
    container === undefined ? '' : `container ${container}`,
  ];
  const place = where.filter((part) => part !== '').join(', ');
  const details =
    pod === undefined ? [] : await describePod({ api, namespace, pod, container, reason, live }, signal);
  return new Failure(
    'release',
    `${workload} does not get ready: ${reason}${place && ` in ${place}`}: ${message}`,
    {
      details,
      hint:
        hintOfLog(details) ??
        HINTS[reason] ??
        (pod === undefined ? undefined : `See also: kubectl -n ${namespace} describe pod ${pod}`),
    },
  );
}

export interface DescribePodRequest {
  readonly api: ClusterApi;
  readonly namespace: string;
  readonly pod: string;
  /** Whose log to show; without it, that of the first container that is not ready. */
  readonly container?: string | undefined;
  readonly reason?: TroubleReason;
  readonly live: readonly ClusterObject[];
}

/** The pod's last events and the end of its log, as lines. What cannot be fetched is left out. */
export async function describePod(request: DescribePodRequest, signal: AbortSignal): Promise<string[]> {
  const parts = await Promise.all([eventLines(request, signal), logLines(request, signal)]);
  return parts.flat();
}

async function eventLines(
  { api, namespace, pod }: DescribePodRequest,
  signal: AbortSignal,
): Promise<string[]> {
  const events = await attempt(api.list({ apiVersion: 'v1', kind: 'Event', namespace }, signal), signal);
  const lines = (events ?? [])
    .map((event) => event as unknown as EventFields)
    .filter(({ involvedObject }) => involvedObject?.kind === 'Pod' && involvedObject.name === pod)
    .sort((a, b) => eventTime(a) - eventTime(b))
    .slice(-EVENT_LINES)
    .map(({ type, reason, message, count, series }) => {
      const times = series?.count ?? count ?? 1;
      return `  ${type} ${reason}${times > 1 ? ` (${times} times)` : ''}: ${message?.trim()}`;
    });
  return lines.length === 0 ? [] : [`events of pod ${pod}:`, ...lines];
}

async function logLines(request: DescribePodRequest, signal: AbortSignal): Promise<string[]> {
  const { api, namespace, pod, live } = request;
  const object = live.find(
    ({ kind, metadata }) => kind === 'Pod' && metadata.name === pod && metadata.namespace === namespace,
  );
  if (object === undefined) return [];
  const status = statusOf<PodStatus>(object);
  const statuses = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  const found =
    statuses.find(({ name }) => name === request.container) ??
    statuses.find(({ ready }) => ready !== true) ??
    statuses[0];
  // A container that has never run has no log; to ask for one is an error.
  const hasRun = found?.state?.running ?? found?.state?.terminated ?? found?.lastState?.terminated;
  if (hasRun === undefined) return [];
  const container = found?.name;
  const query = { namespace, pod, container, tailLines: LOG_LINES };
  // A container that crashed and runs again has said why in its previous life.
  const isBack = found?.lastState?.terminated !== undefined && found.state?.running !== undefined;
  const order = isBack && request.reason !== 'ProbeFailing' ? [true, false] : [false, true];
  for (const previous of order) {
    const log = await attempt(api.logs({ ...query, previous }, signal), signal);
    if (log !== undefined && log.trim() !== '') {
      const lines = log.trimEnd().split('\n');
      return [
        `log of container ${container}${previous ? ' (its previous run)' : ''}:`,
        ...lines.map((line) => `  ${line}`),
      ];
    }
  }
  return [`container ${container} has written no log`];
}

async function attempt<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (signal.aborted || !(error instanceof Failure)) throw error;
    return undefined;
  }
}
