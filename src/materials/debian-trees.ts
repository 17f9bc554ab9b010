// Of which day the Debian trees in the cache are: two machines with the same checkout may have other packages in them.

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ArtifactCache } from '../packages/artifact-cache.ts';
import { sumFile } from '../packages/sum-file.ts';

export interface DebianTree {
  readonly id: string;
  /** When it was made from what the mirror had, in milliseconds since 1970. */
  readonly madeAtMs: number;
  /** Of its tar file: equal trees have equal sums. */
  readonly sha256: string;
}

/** The newest tree of each id, in order of their ids. What goes away or cannot be read meanwhile is left out. */
export async function readDebianTrees(cache: ArtifactCache, signal: AbortSignal): Promise<DebianTree[]> {
  const newest = new Map<string, { readonly path: string; readonly madeAtMs: number }>();
  for (const { id, fingerprint } of await cache.entries()) {
    const files = await cache.files(id, fingerprint);
    if (!files?.some(({ path }) => path === 'rootfs.tar')) continue;
    const path = join(cache.path(id, fingerprint), 'rootfs.tar');
    const madeAtMs = (await stat(path).catch(() => undefined))?.mtimeMs;
    if (madeAtMs !== undefined && madeAtMs >= (newest.get(id)?.madeAtMs ?? -Infinity))
      newest.set(id, { path, madeAtMs });
  }
  const trees: DebianTree[] = [];
  for (const [id, { path, madeAtMs }] of newest) {
    const sha256 = await sumFile(path, signal).catch(() => undefined);
    signal.throwIfAborted();
    if (sha256 !== undefined) trees.push({ id, madeAtMs, sha256 });
  }
  return trees;
}

/** One line; undefined where nothing was made from Debian packages. */
export function debianTreesLine(trees: readonly DebianTree[]): string | undefined {
  if (trees.length === 0) return undefined;
  const told = trees.map(({ id, madeAtMs, sha256 }) => {
    return `${id} ${new Date(madeAtMs).toISOString().slice(0, 10)} (${sha256.slice(0, 12)})`;
  });
  return `Debian packages are those of the mirror on the day: ${told.join(', ')}.`;
}
