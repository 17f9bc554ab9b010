// What a stored release has put into the cluster, or why that cannot be read: helm keeps whatever was installed, and
// releases of others are of every form.

import type { ClusterObject } from '../kubernetes/client/cluster-api.ts';
import { parseManifest } from '../kubernetes/parse-manifest.ts';
import type { StoredRelease } from './release-store.ts';

export type DeclaredObjects =
  | { readonly objects: readonly ClusterObject[]; readonly unreadable?: undefined }
  | { readonly unreadable: string };

/** Never throws: what one release holds is no reason to know nothing of the others. */
export function declaredObjects({ manifest = '', namespace, unreadable }: StoredRelease): DeclaredObjects {
  if (unreadable !== undefined) return { unreadable };
  try {
    return { objects: parseManifest(manifest, namespace) };
  } catch (error) {
    return { unreadable: error instanceof Error ? error.message.split('\n')[0]! : String(error) };
  }
}
