// A pod that came up without the Dapr sidecar it should have, as when the injector was away.

import type { ClusterApi, ClusterObject } from '../../src/kubernetes/client/cluster-api.ts';
import { until } from './until.ts';

const webhook = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'MutatingWebhookConfiguration',
  name: 'dapr-sidecar-injector',
};

export interface BarePodRequest {
  readonly api: ClusterApi;
  readonly namespace: string;
  /** The pods of one workload. */
  readonly labelSelector: string;
}

/** Takes the injector's webhook away until one of the pods has come up without a sidecar; gives the pod's name. */
export async function makeBarePod(request: BarePodRequest, signal: AbortSignal): Promise<string> {
  const { api, namespace, labelSelector } = request;
  const { metadata, ...rest } = (await api.get(webhook, signal))!;
  const { name, labels, annotations } = metadata;
  await api.delete(webhook, signal);
  try {
    let bare = '';
    await until('a pod is ready without its sidecar', async () => {
      const pods = await api.list({ apiVersion: 'v1', kind: 'Pod', namespace, labelSelector }, signal);
      const pod = pods.find(({ metadata }) => metadata.deletionTimestamp === undefined);
      if (pod === undefined) return 'no pod';
      // The API server learns a moment later that there is no webhook any more, and goes on calling it till then.
      if (containersOf(pod) > 1)
        await api.delete({ apiVersion: 'v1', kind: 'Pod', namespace, name: pod.metadata.name }, signal);
      bare = pod.metadata.name;
      return (containersOf(pod) === 1 && isReady(pod)) || JSON.stringify(pod['status']);
    });
    return bare;
  } finally {
    const restored = { ...rest, metadata: { name, labels: labels!, annotations: annotations! } };
    await api.apply(restored, { signal });
  }
}

function containersOf(pod: ClusterObject): number {
  return (pod['spec'] as { containers: readonly unknown[] }).containers.length;
}

function isReady(pod: ClusterObject): boolean {
  const { conditions = [] } = (pod['status'] ?? {}) as { conditions?: { type: string; status: string }[] };
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}
