// Puts annotations of ours on a workload and on the template of its pods, where another value makes new pods.

import type { ClusterApi, ClusterObject } from './client/cluster-api.ts';
import { specOf, type WorkloadSpec } from './object-shapes.ts';

export interface WorkloadAnnotations {
  /** On the workload itself: its pods stay. */
  readonly own?: Readonly<Record<string, string>>;
  /** On the template of its pods, as `kubectl rollout restart` does it. */
  readonly ofPods?: Readonly<Record<string, string>>;
}

/** Kinds whose pods are replaced, a few at a time, when the template changes. */
export const RESTARTABLE: readonly string[] = ['Deployment', 'StatefulSet', 'DaemonSet'];

const OURS = 'slipway.dev/';

/**
 * Server-side apply: what is not named stays as it is, and whose it is. Only what we have named before and do not name
 * again would go, so all annotations of ours are named each time.
 */
export async function annotateWorkload(
  api: ClusterApi,
  live: ClusterObject,
  { own = {}, ofPods = {} }: WorkloadAnnotations,
  signal: AbortSignal,
): Promise<void> {
  const { apiVersion, kind, metadata } = live;
  const { name, namespace } = metadata;
  const annotations = { ...oursIn(metadata.annotations), ...own };
  const keptOfPods = oursIn(specOf<WorkloadSpec>(live).template?.metadata?.annotations);
  const template = { metadata: { annotations: { ...keptOfPods, ...ofPods } } };
  await api.apply(
    {
      apiVersion,
      kind,
      metadata: {
        name,
        ...(namespace === undefined ? {} : { namespace }),
        ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
      },
      ...(Object.keys(template.metadata.annotations).length === 0 ? {} : { spec: { template } }),
    },
    { signal },
  );
}

function oursIn(annotations: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(annotations).filter(([key]) => key.startsWith(OURS)));
}
