// What was synced into a release since its image was built, as the cluster keeps it. Pods that come later begin with
// that (charts/service/files/fill-synced.sh), and every command can tell that more than the image is running.

import type { ClusterObject } from '../kubernetes/client/cluster-api.ts';
import { ownershipLabels } from '../kubernetes/ownership.ts';
import { packFiles } from './pack-files.ts';
import { countOf, type SyncSet } from './sync-set.ts';
import { FILES_ANNOTATION, RECORD_LABELS, recordOf, type ReleaseName } from './synced-releases.ts';

export async function syncRecord(
  release: ReleaseName,
  { environment, image, set }: { environment: string; image: string; set: SyncSet },
): Promise<ClusterObject> {
  const items = [...set.items.values()].filter(({ isAsBuilt }) => !isAsBuilt);
  const { apiVersion, kind, name } = recordOf(release);
  return {
    ...{ apiVersion, kind },
    metadata: {
      ...{ name, namespace: release.namespace },
      labels: { ...ownershipLabels(environment), ...RECORD_LABELS },
      annotations: { [FILES_ANNOTATION]: String(countOf(set)) },
    },
    data: { image: `${image}\n` },
    binaryData: { 'files.tar': (await packFiles(items)).toString('base64') },
  };
}
