// What was synced into a release since its image was built, as the cluster keeps it. Pods that come later begin with
// that (charts/service/files/fill-synced.sh), and every command can tell that more than the image is running.

import type { ClusterApi, ClusterObject, ObjectReference } from '../kubernetes/cluster-api.ts';
import { ownershipLabels } from '../kubernetes/ownership.ts';
import { packFiles } from './pack-files.ts';
import { countOf, type SyncSet } from './sync-set.ts';

const HOLDS_LABEL = 'slipway.dev/holds';
const HOLDS = 'synced-files';
const SUFFIX = '-synced';

export interface SyncedRelease {
  readonly name: string;
  readonly namespace: string;
}

export async function syncRecord(
  { name, namespace }: SyncedRelease,
  { environment, image, set }: { environment: string; image: string; set: SyncSet },
): Promise<ClusterObject> {
  const items = [...set.items.values()].filter(({ isAsBuilt }) => !isAsBuilt);
  return {
    ...recordReference({ name, namespace }),
    metadata: {
      name: recordName(name),
      namespace,
      labels: { ...ownershipLabels(environment), [HOLDS_LABEL]: HOLDS },
    },
    data: { image: `${image}\n`, files: String(countOf(set)) },
    binaryData: { 'files.tar': (await packFiles(items)).toString('base64') },
  };
}

export function recordReference({ name, namespace }: SyncedRelease): ObjectReference {
  return { apiVersion: 'v1', kind: 'ConfigMap', name: recordName(name), namespace };
}

/** By '<namespace>/<release>': the image that files were synced into, and how many differ from it. */
export async function readSyncRecords(
  api: Pick<ClusterApi, 'list'>,
  signal: AbortSignal,
): Promise<Map<string, { readonly image: string; readonly files: number }>> {
  const query = { apiVersion: 'v1', kind: 'ConfigMap', labelSelector: `${HOLDS_LABEL}=${HOLDS}` };
  const records = await api.list(query, signal);
  return new Map(
    records.map(({ metadata, data }) => {
      const { image = '', files = '0' } = (data ?? {}) as { image?: string; files?: string };
      const release = `${metadata.namespace}/${metadata.name.slice(0, -SUFFIX.length)}`;
      return [release, { image: image.trim(), files: Number(files) }];
    }),
  );
}

function recordName(release: string): string {
  return release + SUFFIX;
}
