// Pure: of the objects that a release declares, what verdicts and list calls look at. Small enough to be kept, and
// without what a manifest may hold of secrets.
import type { ClusterObject } from './client/cluster-api.ts';
import { specOf, type WorkloadSpec } from './object-shapes.ts';

/** helm leaves an object that says so where the release goes. */
const KEEP_POLICY = 'helm.sh/resource-policy';

type OutlinedSpec = WorkloadSpec & {
  ttlSecondsAfterFinished: number;
  restartPolicy: string;
  persistentVolumeClaimRetentionPolicy: { whenDeleted?: string };
};

const DATA_KINDS = new Set(['CustomResourceDefinition', 'PersistentVolume', 'PersistentVolumeClaim']);

/**
 * What goes with a release and what no release puts back, in words. Claims that helm keeps do not go, nor do those that a
 * StatefulSet makes, unless it says that they shall.
 */
export function dataIn(declared: readonly ClusterObject[]): string[] {
  return declared.flatMap((object) => {
    const { kind, metadata } = object;
    if (metadata.annotations?.[KEEP_POLICY] === 'keep') return [];
    const { persistentVolumeClaimRetentionPolicy: claims } = specOf<OutlinedSpec>(object);
    if (kind === 'StatefulSet' && claims?.whenDeleted === 'Delete')
      return [`the claims of statefulset ${metadata.name}`];
    return DATA_KINDS.has(kind) ? [`${kind.toLowerCase()} ${metadata.name}`] : [];
  });
}

/** What a verdict on a release needs to know of an object of its manifest. */
export function outlineOf(object: ClusterObject): ClusterObject {
  const { apiVersion, kind, metadata } = object;
  const { name, namespace, labels, ownerReferences, annotations = {} } = metadata;
  const told = Object.entries(annotations).filter(
    ([key]) => key.startsWith('cert-manager.io/') || key === KEEP_POLICY,
  );
  const { replicas, template, ttlSecondsAfterFinished, restartPolicy, persistentVolumeClaimRetentionPolicy } =
    specOf<OutlinedSpec>(object);
  const podLabels = template?.metadata?.labels;
  const spec = {
    ...(replicas === undefined && podLabels === undefined ? {} : { replicas }),
    ...(podLabels === undefined ? {} : { template: { metadata: { labels: podLabels } } }),
    ...(ttlSecondsAfterFinished === undefined ? {} : { ttlSecondsAfterFinished }),
    ...(restartPolicy === undefined ? {} : { restartPolicy }),
    ...(persistentVolumeClaimRetentionPolicy === undefined ? {} : { persistentVolumeClaimRetentionPolicy }),
  };
  return {
    apiVersion,
    kind,
    ...(kind === 'Secret' && object['type'] !== undefined ? { type: object['type'] } : {}),
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(labels === undefined ? {} : { labels }),
      ...(told.length === 0 ? {} : { annotations: Object.fromEntries(told) }),
      ...(ownerReferences === undefined ? {} : { ownerReferences }),
    },
    ...(Object.keys(spec).length === 0 ? {} : { spec }),
  };
}
