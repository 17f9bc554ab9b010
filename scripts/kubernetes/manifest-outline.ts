// Pure: of the objects that a release declares, what verdicts and list calls look at. Small enough to be kept, and
// without what a manifest may hold of secrets.
import type { ClusterObject } from './cluster-api.ts';
import { specOf, type WorkloadSpec } from './object-shapes.ts';

/** What a verdict on a release needs to know of an object of its manifest. */
export function outlineOf(object: ClusterObject): ClusterObject {
  const { apiVersion, kind, metadata } = object;
  const { name, namespace, labels, annotations = {} } = metadata;
  const issuers = Object.entries(annotations).filter(([key]) => key.startsWith('cert-manager.io/'));
  const { replicas, template } = specOf<WorkloadSpec>(object);
  const podLabels = template?.metadata?.labels;
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(labels === undefined ? {} : { labels }),
      ...(issuers.length === 0 ? {} : { annotations: Object.fromEntries(issuers) }),
    },
    ...(replicas === undefined && podLabels === undefined
      ? {}
      : {
          spec: {
            replicas,
            ...(podLabels === undefined ? {} : { template: { metadata: { labels: podLabels } } }),
          },
        }),
  };
}
