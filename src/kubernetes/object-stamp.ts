// Pure: whether an object may have been changed since it was seen last, without a look at what it says.
import type { ClusterObject } from './client/cluster-api.ts';

/**
 * Changes whenever a field of the manifest may have: with the generation where the kind has one, else with every write.
 * Undefined: the object tells neither.
 */
export function stampOf({ metadata }: ClusterObject): string | undefined {
  const { uid, generation, resourceVersion } = metadata;
  const version = generation === undefined ? resourceVersion && `v${resourceVersion}` : `g${generation}`;
  return uid === undefined || version === undefined ? undefined : `${uid} ${version} ${labelStamp(metadata)}`;
}

// A generation does not count what is written into labels and annotations.
function labelStamp({ labels = {}, annotations = {} }: ClusterObject['metadata']): string {
  const own = Object.entries(annotations).filter(([key]) => !key.startsWith('deployment.kubernetes.io/'));
  const text = JSON.stringify([Object.entries(labels).sort(), own.sort()]);
  let hash = 5381;
  for (let index = 0; index < text.length; index += 1) hash = (hash * 33 + text.charCodeAt(index)) >>> 0;
  return hash.toString(36);
}
