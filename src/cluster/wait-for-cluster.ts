// Waits until a new or restarted cluster can be used. `kind create --wait` proves nothing of this.

import { setTimeout as delay } from 'node:timers/promises';
import { Failure } from '../failure.ts';
import { isTransient } from '../kubernetes/client/api-status.ts';
import type { ClusterApi, ObjectReference } from '../kubernetes/client/cluster-api.ts';
import type { Task } from '../task.ts';
import { defaultStorageClass, nodesProblem, podProblems, rolloutProblem } from './cluster-readiness.ts';

export interface WaitForClusterOptions {
  /** How long each single stage may take. Every stage starts its own clock. */
  readonly deadlineMs: number;
  /** Time between two looks; 300 ms if absent. */
  readonly pollMs?: number;
}

interface Stage {
  readonly title: string;
  /** What is still missing; '' when nothing is. */
  look(api: ClusterApi, signal: AbortSignal): Promise<string>;
  /** The pods to explain it with. */
  readonly pods?: { readonly namespace: string; readonly labelSelector?: string };
}

const dns = deploymentReference('kube-system', 'coredns');

/** The program behind a provisioner's name, where it is known. Of others only the storage class can be seen. */
const provisioners: Readonly<Record<string, ObjectReference>> = {
  'rancher.io/local-path': deploymentReference('local-path-storage', 'local-path-provisioner'),
};

const stages: readonly Stage[] = [
  {
    title: 'the API',
    look: async (api, signal) => {
      await api.identity(signal);
      return '';
    },
  },
  {
    title: 'the nodes',
    look: async (api, signal) => nodesProblem(await api.list({ apiVersion: 'v1', kind: 'Node' }, signal)),
  },
  {
    title: 'cluster DNS',
    look: async (api, signal) => rolloutProblem(dns.name, await api.get(dns, signal)),
    pods: { namespace: 'kube-system', labelSelector: 'k8s-app=kube-dns' },
  },
  {
    title: 'storage',
    look: async (api, signal) => {
      const kind = { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass' };
      const found = defaultStorageClass(await api.list(kind, signal));
      if ('problem' in found) return found.problem;
      const program = provisioners[found.provisioner];
      return program === undefined ? '' : rolloutProblem(program.name, await api.get(program, signal));
    },
    pods: { namespace: 'local-path-storage' },
  },
];

/**
 * Resolves when the API answers, every node is Ready, CoreDNS has rolled out, and there is a default storage class
 * whose provisioner runs.
 * @throws Failure 'timeout' with the last state seen when a stage takes longer than its deadline.
 */
export async function waitForCluster(
  api: ClusterApi,
  task: Task,
  options: WaitForClusterOptions,
): Promise<void> {
  for (const [index, stage] of stages.entries()) {
    const deadline = performance.now() + options.deadlineMs;
    let reported = '';
    for (;;) {
      const problem = await look(stage, api, task.signal);
      if (problem === '') break;
      const text = `waiting for ${stage.title}: ${problem}`;
      if (text !== reported) task.report({ text, done: index, total: stages.length, unit: 'checks' });
      reported = text;
      if (performance.now() >= deadline) throw await tooLate(stage, problem, api, task, options.deadlineMs);
      await delay(options.pollMs ?? 300, undefined, { signal: task.signal }).catch(() =>
        task.signal.throwIfAborted(),
      );
    }
  }
}

async function look(stage: Stage, api: ClusterApi, signal: AbortSignal): Promise<string> {
  signal.throwIfAborted();
  try {
    return await stage.look(api, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!isTransient(error)) throw error;
    return `the API does not answer: ${(error as Failure).message}`;
  }
}

async function tooLate(
  stage: Stage,
  problem: string,
  api: ClusterApi,
  task: Task,
  deadlineMs: number,
): Promise<Failure> {
  const pods =
    stage.pods &&
    (await api.list({ apiVersion: 'v1', kind: 'Pod', ...stage.pods }, task.signal).catch((error: unknown) => {
      if (!isTransient(error)) throw error;
      return [];
    }));
  const message = `${stage.title} did not get ready within ${Math.round(deadlineMs / 1000)} s: ${problem}`;
  return new Failure('timeout', message, { details: podProblems(pods ?? []) });
}

function deploymentReference(namespace: string, name: string): ObjectReference {
  return { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name };
}
