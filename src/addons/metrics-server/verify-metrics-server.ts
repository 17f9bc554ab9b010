// Shows that metrics-server does its work: the API gives CPU and memory of every node and of a pod.

import { apiStatusOf } from '../../kubernetes/client/api-status.ts';
import type { ClusterApi, ClusterObject } from '../../kubernetes/client/cluster-api.ts';
import type { Task } from '../../task.ts';
import { waitUntilProven } from '../wait-until-verified.ts';

export interface MetricsServerClaims {
  /** Where metrics-server runs: its own pod is the one that is looked at. */
  readonly namespace: string;
  readonly deadlineMs: number;
  /** Pause between two looks; 1 s if absent, for figures come every ten seconds. */
  readonly intervalMs?: number;
}

interface Usage {
  readonly cpu?: string;
  readonly memory?: string;
}

const apiVersion = 'metrics.k8s.io/v1beta1';

/** Makes nothing in the cluster. Rejects with Failure 'addon' and the last state seen. */
export async function proveMetricsServer(
  { namespace, deadlineMs, intervalMs = 1000 }: MetricsServerClaims,
  api: ClusterApi,
  task: Task,
): Promise<void> {
  task.report({ text: 'asking for the CPU and memory of nodes and pods' });
  await waitUntilProven(
    {
      sentence: 'the API gives CPU and memory of every node and of a pod, as `kubectl top` reads them',
      observe: (signal) => observeFigures(namespace, api, signal),
      deadlineMs,
      intervalMs,
      hint: `kubectl -n ${namespace} logs deployment/metrics-server`,
    },
    task,
  );
}

async function observeFigures(
  namespace: string,
  api: ClusterApi,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const [nodes, nodeMetrics, podMetrics] = await Promise.all([
      api.list({ apiVersion: 'v1', kind: 'Node', metadataOnly: true }, signal),
      api.list({ apiVersion, kind: 'NodeMetrics' }, signal),
      api.list({ apiVersion, kind: 'PodMetrics', namespace }, signal),
    ]);
    const measured = new Set(nodeMetrics.filter(hasNodeFigures).map(({ metadata }) => metadata.name));
    const missing = nodes.map(({ metadata }) => metadata.name).filter((name) => !measured.has(name));
    if (missing.length > 0 || nodes.length === 0) {
      return `no figures yet of ${missing.length === 0 ? 'any node' : `node ${missing.join(', ')}`}`;
    }
    return podMetrics.some(hasPodFigures) ? undefined : `no figures yet of a pod in namespace ${namespace}`;
  } catch (error) {
    // While its pod is not known to the API server, the whole API group answers with an error.
    const status = apiStatusOf(error);
    if (status === undefined) throw error;
    return `the metrics API answers ${status.status}: ${status.message}`;
  }
}

function hasNodeFigures(metrics: ClusterObject): boolean {
  return isComplete(metrics['usage'] as Usage | undefined);
}

function hasPodFigures(metrics: ClusterObject): boolean {
  const containers = (metrics['containers'] ?? []) as readonly { readonly usage?: Usage }[];
  return containers.length > 0 && containers.every(({ usage }) => isComplete(usage));
}

function isComplete(usage: Usage | undefined): boolean {
  return Boolean(usage?.cpu) && Boolean(usage?.memory);
}
