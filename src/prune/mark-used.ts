// Notes on the artifacts of the cache that a run has wanted them: prune goes by it.

import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { manifestName } from '../packages/artifact-cache.ts';

/** @param locations - Of artifacts; what is no folder of the cache, or not there, is passed over. */
export async function markUsed(locations: Iterable<string>, now: Date): Promise<void> {
  const marked = [...locations].map((location) =>
    utimes(join(location, manifestName), now, now).catch(() => undefined),
  );
  await Promise.all(marked);
}
