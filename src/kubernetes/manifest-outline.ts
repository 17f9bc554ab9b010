// Pure: of the objects that a release declares, what verdicts and list calls look at. Small enough to be kept, and
// without what a manifest may hold of secrets.
import type { ClusterObject } from './client/cluster-api.ts';
import { specOf, type WorkloadSpec } from './object-shapes.ts';

/** What a verdict on a release needs to know of an object of its manifest. */
export function outlineOf(object: ClusterObject): ClusterObject {
  const { apiVersion, kind, metadata } = object;
  const { name, namespace, labels, ownerReferences, annotations = {} } = metadata;
  const issuers = Object.entries(annotations).filter(([key]) => key.startsWith('cert-manager.io/'));
  const { replicas, template, ttlSecondsAfterFinished, restartPolicy } = specOf<
    WorkloadSpec & { ttlSecondsAfterFinished: number; restartPolicy: string }
  >(object);
  const podLabels = template?.metadata?.labels;
  const spec = {
    ...(replicas === undefined && podLabels === undefined ? {} : { replicas }),
    ...(podLabels === undefined ? {} : { template: { metadata: { labels: podLabels } } }),
    ...(ttlSecondsAfterFinished === undefined ? {} : { ttlSecondsAfterFinished }),
    ...(restartPolicy === undefined ? {} : { restartPolicy }),
  };
  return {
    apiVersion,
    kind,
    ...(kind === 'Secret' && object['type'] !== undefined ? { type: object['type'] } : {}),
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(labels === undefined ? {} : { labels }),
      ...(issuers.length === 0 ? {} : { annotations: Object.fromEntries(issuers) }),
      ...(ownerReferences === undefined ? {} : { ownerReferences }),
    },
    ...(Object.keys(spec).length === 0 ? {} : { spec }),
  };
}
