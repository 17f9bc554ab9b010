// Pure: pods that should have a Dapr sidecar and have none. The injector is asked once, when a pod is created, and
// the API goes on without it when it does not answer (dapr#9277): such a pod stays bare until it is replaced.

import type { ClusterObject } from '../../kubernetes/client/cluster-api.ts';

/** The container that Dapr's injector adds. */
export const SIDECAR = 'daprd';

export interface BarePod {
  readonly namespace: string;
  readonly name: string;
  /** Tells it from a later pod of the same name, as a StatefulSet makes them. */
  readonly uid: string | undefined;
  /** 'ReplicaSet backend-6d4b': what makes a new one when it goes; undefined where nothing does. */
  readonly controller: string | undefined;
  /** A sentence for people, without full stop. */
  readonly reason: string;
}

interface PodSpec {
  readonly containers?: readonly { readonly name: string }[];
  readonly initContainers?: readonly { readonly name: string; readonly restartPolicy?: string }[];
}

/**
 * Which of these pods are annotated for a sidecar and run without one. Pods that are done or on their way out are
 * passed over: nothing has to be mended there.
 */
export function findBareSidecarPods(pods: readonly ClusterObject[]): BarePod[] {
  return pods.filter((pod) => wantsSidecar(pod) && isAtWork(pod) && !hasSidecar(pod)).map(describeBarePod);
}

// The words that Dapr takes for yes.
function wantsSidecar({ metadata }: ClusterObject): boolean {
  const value = metadata.annotations?.['dapr.io/enabled'] ?? '';
  return ['y', 'yes', 'true', 't', 'on', '1'].includes(value.trim().toLowerCase());
}

function isAtWork({ metadata, status }: ClusterObject): boolean {
  const { phase } = (status ?? {}) as { phase?: string };
  return metadata.deletionTimestamp === undefined && phase !== 'Succeeded' && phase !== 'Failed';
}

// An init container that never restarts is over when the others start; only a native sidecar stays.
function hasSidecar({ spec }: ClusterObject): boolean {
  const { containers = [], initContainers = [] } = (spec ?? {}) as PodSpec;
  return (
    containers.some(({ name }) => name === SIDECAR) ||
    initContainers.some(({ name, restartPolicy }) => name === SIDECAR && restartPolicy === 'Always')
  );
}

function describeBarePod({ metadata }: ClusterObject): BarePod {
  const { name, namespace = 'default', uid, ownerReferences = [] } = metadata;
  const owner = ownerReferences.find(({ controller }) => controller === true);
  return {
    namespace,
    name,
    uid,
    controller: owner === undefined ? undefined : `${owner.kind} ${owner.name}`,
    reason:
      `pod ${namespace}/${name} asks for a Dapr sidecar and has none: ` +
      "Dapr's injector did not answer when the pod was created",
  };
}
