// Shows that Dapr does its work: a pod that asks for a sidecar gets one, and the sidecar answers. For that the injector
// has to change the pod, sentry to sign its certificate, and the operator to give it its configuration.

import { Failure } from '../../failure.ts';
import type { ClusterApi, ClusterObject } from '../../kubernetes/client/cluster-api.ts';
import { type ContainerStatus, type PodStatus, statusOf } from '../../kubernetes/object-shapes.ts';
import { OWNER, OWNER_LABEL } from '../../kubernetes/ownership.ts';
import { hintOfLog } from '../../kubernetes/readiness/hint-of-log.ts';
import { waitForGone } from '../../kubernetes/wait-for-gone.ts';
import type { Task } from '../../task.ts';
import { findBareSidecarPods, SIDECAR } from './dapr-sidecars.ts';
import { waitUntilProven } from '../wait-until-verified.ts';

export interface DaprClaims {
  /** Of the control plane; the probe runs there too. */
  readonly namespace: string;
  /** What sidecars run. The nodes have it, or can pull it, as they must for every sidecar. */
  readonly sidecarImage: string;
  readonly pullPolicy: string;
  /** For each claim by itself. */
  readonly deadlineMs: number;
  /** Pause between two looks; that of waitUntilProven if absent. */
  readonly intervalMs?: number;
}

const PROBE = 'slipway-dapr-probe';
const POD_LABEL = 'app.kubernetes.io/name';
/** Its grace period is a second. */
const GONE_WITHIN_MS = 30_000;
const LOG_LINES = 15;

/**
 * Nothing stays in the cluster, also after a failure or a stop. Rejects with Failure 'addon', the last state seen and
 * the end of the sidecar's log.
 */
export async function proveDapr(claims: DaprClaims, api: ClusterApi, task: Task): Promise<void> {
  const { namespace, deadlineMs, intervalMs } = claims;
  const patience = { deadlineMs, ...(intervalMs === undefined ? {} : { intervalMs }) };
  const probe = probeJob(claims);
  let logOfEnded = '';
  // With a signal of its own: what was put there goes even when the run is stopped.
  const remove = (): Promise<void> =>
    removeProbe(namespace, api, { report: () => {}, signal: AbortSignal.timeout(GONE_WITHIN_MS) });
  try {
    // A run that was killed may have left its probe.
    await removeProbe(namespace, api, task);
    await api.apply(probe, { signal: task.signal });
    task.report({ text: 'asking for a sidecar' });
    await waitUntilProven(
      {
        sentence: 'a pod that asks for a Dapr sidecar gets one',
        observe: (signal) => observeInjection(probe, api, { ...task, signal }),
        ...patience,
        hint: `kubectl -n ${namespace} logs deployment/dapr-sidecar-injector`,
      },
      task,
    );
    task.report({ text: 'starting a sidecar' });
    await waitUntilProven(
      {
        sentence: 'a Dapr sidecar starts and answers',
        observe: async (signal) => {
          const state = await observeSidecar(namespace, api, signal);
          if (state?.hasEnded === true) {
            logOfEnded = await readSidecarLog(namespace, api, signal);
            await renewProbe(probe, api, { ...task, signal });
          }
          return state?.text;
        },
        ...patience,
        hint: `kubectl -n ${namespace} get pods; the logs of dapr-sentry and dapr-operator say whom they refuse`,
      },
      task,
    ).catch(async (error: unknown) => {
      const log = await readSidecarLog(namespace, api, task.signal);
      throw withLog(error, log || logOfEnded);
    });
  } catch (error) {
    await remove().catch(() => undefined);
    throw error;
  }
  await remove();
}

// A Job, because Dapr's injector passes over pods that no controller of Kubernetes makes. The image holds nothing but
// Dapr, so the probe's own container is Dapr too: it waits for its sidecar, and is done.
function probeJob({ namespace, sidecarImage, pullPolicy, deadlineMs }: DaprClaims): ClusterObject {
  const labels = { [OWNER_LABEL]: OWNER, [POD_LABEL]: PROBE };
  const annotations = {
    'dapr.io/enabled': 'true',
    'dapr.io/app-id': PROBE,
    // The probe's service account may read nothing, and needs nothing.
    'dapr.io/disable-builtin-k8s-secret-store': 'true',
    'dapr.io/sidecar-cpu-request': '10m',
    'dapr.io/sidecar-memory-request': '32Mi',
    // It is ready within a second or two; Dapr looks for the first time after three, and then each six.
    'dapr.io/sidecar-readiness-probe-delay-seconds': '1',
    'dapr.io/sidecar-readiness-probe-period-seconds': '1',
  };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: PROBE, namespace, labels },
    spec: {
      backoffLimit: 0,
      // Should nobody be left to take it away.
      activeDeadlineSeconds: Math.ceil(deadlineMs / 1000) * 2 + 60,
      ttlSecondsAfterFinished: 60,
      template: { metadata: { labels, annotations }, spec: probePodSpec(sidecarImage, pullPolicy) },
    },
  };
}

function probePodSpec(image: string, imagePullPolicy: string): Record<string, unknown> {
  return {
    restartPolicy: 'Never',
    terminationGracePeriodSeconds: 1,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [
      {
        name: 'probe',
        image,
        imagePullPolicy,
        command: ['/daprd', '--wait'],
        resources: { requests: { cpu: '10m', memory: '32Mi' } },
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
      },
    ],
  };
}

// The injector is asked once for a pod, and the API goes on without it when it does not answer: so another pod is
// made each time.
async function observeInjection(
  probe: ClusterObject,
  api: ClusterApi,
  task: Task,
): Promise<string | undefined> {
  const namespace = probe.metadata.namespace!;
  const pod = await findProbePod(namespace, api, task.signal);
  if (pod === undefined) return 'no pod is made for the job';
  if (findBareSidecarPods([pod]).length === 0) return undefined;
  await renewProbe(probe, api, task);
  return 'the pod came up without one';
}

/**
 * What the sidecar waits for; undefined when it is ready. One that asks a sentry which is just being replaced hangs, and
 * kubelet ends it: that of an application is started again, a Job's pod is not.
 */
async function observeSidecar(
  namespace: string,
  api: ClusterApi,
  signal: AbortSignal,
): Promise<{ text: string; hasEnded: boolean } | undefined> {
  const pod = await findProbePod(namespace, api, signal);
  if (pod === undefined) return { text: 'the probe is gone', hasEnded: false };
  const { phase, containerStatuses = [] } = statusOf<PodStatus>(pod);
  const sidecar = containerStatuses.find(({ name }) => name === SIDECAR);
  if (sidecar === undefined) return { text: `the pod is ${phase ?? 'not there yet'}`, hasEnded: false };
  if (sidecar.ready === true) return undefined;
  return { text: describeContainer(sidecar), hasEnded: sidecar.state?.terminated !== undefined };
}

async function renewProbe(probe: ClusterObject, api: ClusterApi, task: Task): Promise<void> {
  await removeProbe(probe.metadata.namespace!, api, task);
  await api.apply(probe, { signal: task.signal });
}

function describeContainer({ state, restartCount = 0 }: ContainerStatus): string {
  const { waiting, running, terminated } = state ?? {};
  const times = restartCount === 0 ? '' : `, restarted ${restartCount} times`;
  if (running !== undefined) return `it runs and does not answer as ready${times}`;
  if (terminated !== undefined) return `it ended with exit code ${terminated.exitCode}${times}`;
  const message = waiting?.message === undefined ? '' : `: ${waiting.message}`;
  return `it waits (${waiting?.reason ?? 'for its node'}${message})${times}`;
}

function withLog(error: unknown, log: string): unknown {
  if (!(error instanceof Failure) || error.code !== 'addon') return error;
  const details = log.split('\n').filter((line) => line !== '');
  const hint = hintOfLog(details) ?? error.hint;
  return new Failure(error.code, error.message, { hint, details, cause: error });
}

/** '' where there is none. */
async function readSidecarLog(namespace: string, api: ClusterApi, signal: AbortSignal): Promise<string> {
  const pod = (await findProbePod(namespace, api, signal))?.metadata.name;
  if (pod === undefined) return '';
  const lines = { namespace, pod, container: SIDECAR, tailLines: LOG_LINES };
  return api.logs(lines, signal).catch(() => '');
}

async function findProbePod(
  namespace: string,
  api: ClusterApi,
  signal: AbortSignal,
): Promise<ClusterObject | undefined> {
  const labelSelector = `${POD_LABEL}=${PROBE}`;
  const pods = await api.list({ apiVersion: 'v1', kind: 'Pod', namespace, labelSelector }, signal);
  return pods.find(({ metadata }) => metadata.deletionTimestamp === undefined);
}

/** The job goes after its pod. */
async function removeProbe(namespace: string, api: ClusterApi, task: Task): Promise<void> {
  const reference = { apiVersion: 'batch/v1', kind: 'Job', name: PROBE, namespace };
  if (!(await api.delete(reference, task.signal))) return;
  await waitForGone({ api, references: [reference], deadlineMs: GONE_WITHIN_MS }, task);
}
