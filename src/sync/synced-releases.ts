// Which releases run more than their images: where files were synced in, and nothing was deployed since.

import type { ClusterApi, ObjectReference } from '../kubernetes/client/cluster-api.ts';

export interface ReleaseName {
  readonly name: string;
  readonly namespace: string;
}

/** What the ConfigMap with the files is told from others by. */
export const RECORD_LABELS = { 'slipway.dev/holds': 'synced-files' } as const;
/** On it: how many files are otherwise than in the image. */
export const FILES_ANNOTATION = 'slipway.dev/synced-files';
const SUFFIX = '-synced';

/** The ConfigMap that holds what was synced into a release. */
export function recordOf({ name, namespace }: ReleaseName): ObjectReference {
  return { apiVersion: 'v1', kind: 'ConfigMap', name: name + SUFFIX, namespace };
}

/** By '<namespace>/<release>': how many files differ from the image; 0 while the first of them are on their way. */
export async function findSyncedReleases(
  api: Pick<ClusterApi, 'list'>,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  const [[label, value] = []] = Object.entries(RECORD_LABELS);
  const query = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    labelSelector: `${label}=${value}`,
    metadataOnly: true,
  };
  const records = await api.list(query, signal);
  return new Map(
    records.map(({ metadata: { name, namespace, annotations } }) => [
      `${namespace}/${name.slice(0, -SUFFIX.length)}`,
      Number(annotations?.[FILES_ANNOTATION] ?? 0),
    ]),
  );
}
