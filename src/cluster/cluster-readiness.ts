// Pure: what is still missing before a new cluster can be used. Each function gives '' when nothing is.

import type { ClusterObject } from '../kubernetes/client/cluster-api.ts';

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly message?: string;
}

/** Every node must be Ready. */
export function nodesProblem(nodes: readonly ClusterObject[]): string {
  if (nodes.length === 0) return 'no node has registered yet';
  return nodes
    .map((node) => {
      const conditions = (node['status'] as { conditions?: Condition[] } | undefined)?.conditions ?? [];
      const ready = conditions.find((condition) => condition.type === 'Ready');
      if (ready?.status === 'True') return '';
      return `node ${node.metadata.name} is not ready: ${ready?.message ?? 'it has not reported yet'}`;
    })
    .filter(Boolean)
    .join('; ');
}

/** The rollout must be complete: the present generation, every replica of it, all available. */
export function rolloutProblem(name: string, deployment: ClusterObject | undefined): string {
  if (deployment === undefined) return `deployment ${name} is not there yet`;
  const wanted = (deployment['spec'] as { replicas?: number } | undefined)?.replicas ?? 1;
  const status = (deployment['status'] ?? {}) as Record<string, number | undefined>;
  if ((status['observedGeneration'] ?? 0) < (deployment.metadata.generation ?? 0)) {
    return `deployment ${name} has not been looked at yet`;
  }
  const updated = status['updatedReplicas'] ?? 0;
  if (updated < wanted) return `deployment ${name}: ${updated} of ${wanted} pods are of the present version`;
  const total = status['replicas'] ?? 0;
  if (total > updated) return `deployment ${name}: ${total - updated} pods of the version before are left`;
  const available = status['availableReplicas'] ?? 0;
  return available < wanted ? `deployment ${name}: ${available} of ${wanted} pods are available` : '';
}

/** The default storage class, or why there is none. */
export function defaultStorageClass(
  classes: readonly ClusterObject[],
): { readonly provisioner: string } | { readonly problem: string } {
  const annotation = 'storageclass.kubernetes.io/is-default-class';
  const found = classes.find((one) => one.metadata.annotations?.[annotation] === 'true');
  if (found === undefined) return { problem: 'there is no default storage class yet' };
  return { provisioner: String(found['provisioner']) };
}

/** What keeps pods from running, one line each: 'coredns-1: ImagePullBackOff, Back-off pulling image …'. */
export function podProblems(pods: readonly ClusterObject[]): string[] {
  return pods.flatMap((pod) => {
    const status = (pod['status'] ?? {}) as {
      phase?: string;
      conditions?: Condition[];
      containerStatuses?: { ready: boolean; state?: { waiting?: { reason?: string; message?: string } } }[];
    };
    const unscheduled = status.conditions?.find(
      (condition) => condition.type === 'PodScheduled' && condition.status === 'False',
    );
    if (unscheduled)
      return [`${pod.metadata.name}: not scheduled, ${unscheduled.message ?? 'no reason given'}`];
    const waiting = status.containerStatuses?.find((container) => container.state?.waiting)?.state?.waiting;
    if (waiting)
      return [`${pod.metadata.name}: ${[waiting.reason, waiting.message].filter(Boolean).join(', ')}`];
    const isReady = status.containerStatuses?.every((container) => container.ready) ?? false;
    return isReady ? [] : [`${pod.metadata.name}: ${status.phase ?? 'Unknown'}, not ready`];
  });
}
