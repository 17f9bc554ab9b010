// Pure: which release a pod belongs to, by the workload that made it.

import type { ClusterObject } from '../kubernetes/client/cluster-api.ts';

/** 'Deployment todo/backend', for a pod and for an object of a manifest alike. */
export function workloadKey(kind: string, namespace: string | undefined, name: string): string {
  return `${kind} ${namespace ?? 'default'}/${name}`;
}

/**
 * The workload that stands behind a pod; the pod itself where nothing controls it. A ReplicaSet is named after its
 * Deployment and the hash that its pods carry as a label.
 * https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#pod-template-hash-label
 */
export function workloadOf({ metadata }: ClusterObject): string {
  const { name, namespace, labels = {}, ownerReferences = [] } = metadata;
  const owner = ownerReferences.find(({ controller }) => controller === true);
  if (!owner) return workloadKey('Pod', namespace, name);
  const hash = labels['pod-template-hash'];
  if (owner.kind === 'ReplicaSet' && hash !== undefined && owner.name.endsWith(`-${hash}`))
    return workloadKey('Deployment', namespace, owner.name.slice(0, -hash.length - 1));
  return workloadKey(owner.kind, namespace, owner.name);
}
