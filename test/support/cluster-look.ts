// What a test asks about the cluster of a project.

import type { ClusterApi, ClusterObject } from '../../src/kubernetes/client/cluster-api.ts';
import { connectCluster } from '../../src/kubernetes/client/connect-cluster.ts';
import type { ProjectCopy } from './project-copy.ts';

export interface ClusterLook {
  readonly api: ClusterApi;
  /** Name → uid of the pods of the namespace. Here and below, pods that are on their way out do not count. */
  podUids(signal: AbortSignal): Promise<Record<string, string>>;
  /** Sorted names of the secrets in which helm keeps the revisions of the releases, over all namespaces. */
  revisions(signal: AbortSignal): Promise<string[]>;
  /** Names of the pods with a container that waits for the reason. */
  podsWaiting(reason: string, signal: AbortSignal): Promise<string[]>;
}

export async function lookAt({ kubeconfigFile }: ProjectCopy, namespace: string): Promise<ClusterLook> {
  const api = await connectCluster({ kubeconfigFile });
  async function pods(signal: AbortSignal): Promise<ClusterObject[]> {
    const all = await api.list({ apiVersion: 'v1', kind: 'Pod', namespace }, signal);
    return all.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  }
  return {
    api,
    async podUids(signal) {
      return Object.fromEntries(
        (await pods(signal)).map(({ metadata }) => [metadata.name, metadata.uid ?? '']),
      );
    },
    async revisions(signal) {
      const query = { apiVersion: 'v1', kind: 'Secret', labelSelector: 'owner=helm', metadataOnly: true };
      return (await api.list(query, signal)).map(({ metadata }) => metadata.name).sort();
    },
    async podsWaiting(reason, signal) {
      return (await pods(signal))
        .filter(({ status }) => waitingReasons(status).includes(reason))
        .map(({ metadata }) => metadata.name);
    },
  };
}

interface PodStatus {
  readonly containerStatuses?: readonly { readonly state?: { readonly waiting?: { reason?: string } } }[];
}

function waitingReasons(status: unknown): (string | undefined)[] {
  return ((status as PodStatus | undefined)?.containerStatuses ?? []).map(
    (container) => container.state?.waiting?.reason,
  );
}
