// What helm keeps of one release.

import { Failure } from '../failure.ts';
import type { ReleaseStore, StoredRelease } from '../releases/release-store.ts';

/** Its latest revision. Rejects with Failure 'release' when it is gone. */
export async function storedOf(
  releases: Pick<ReleaseStore, 'list'>,
  { name, namespace }: { readonly name: string; readonly namespace: string },
  signal: AbortSignal,
): Promise<StoredRelease> {
  const stored = await releases.list(signal);
  const found = stored.find((one) => one.name === name && one.namespace === namespace);
  if (found) return found;
  throw new Failure('release', `the release ${namespace}/${name} is gone`);
}
