// The objects that helm runs beside the manifest of a release.

import type { ClusterApi, ClusterObject } from '../kubernetes/client/cluster-api.ts';
import { parseSourcedManifest } from '../kubernetes/parse-manifest.ts';
import { decodeRelease, revisionQuery } from './release-secrets.ts';
import type { StoredRelease } from './release-store.ts';

/** With namespaces; those that cannot be read are left out: helm has refused them, too. */
export function hooksOf({
  hooks = [],
  namespace,
}: Pick<StoredRelease, 'hooks' | 'namespace'>): ClusterObject[] {
  return hooks.flatMap((text) => {
    try {
      return parseSourcedManifest(text, namespace).map(({ object }) => object);
    } catch {
      return [];
    }
  });
}

/** Those of the newest revision, whatever became of it so far. */
export async function readHooks(
  api: Pick<ClusterApi, 'get' | 'list'>,
  release: { readonly name: string; readonly namespace: string },
  signal: AbortSignal,
): Promise<ClusterObject[]> {
  const secrets = await api.list(revisionQuery(release), signal);
  const revisionIn = ({ metadata }: ClusterObject): number => Number(metadata.labels?.['version'] ?? 0);
  const [newest] = secrets.sort((left, right) => revisionIn(right) - revisionIn(left));
  if (newest === undefined) return [];
  const { name, namespace } = newest.metadata;
  const secret = await api.get({ apiVersion: 'v1', kind: 'Secret', name, namespace }, signal);
  return secret === undefined ? [] : hooksOf({ ...decodeRelease(secret), namespace: release.namespace });
}
