// Takes away images of ours that a newer build has replaced, so that hours of edits do not fill the disk.

import type { Journal } from '../run/journal.ts';
import { isOwnStage, ownReferences } from '../images/image-ownership.ts';
import type { ImageStore } from '../images/image-store.ts';
import { removeStage } from '../images/remove-nameless.ts';

export interface PruneRequest {
  readonly images: ImageStore;
  readonly journal: Journal;
  readonly imageScope: string;
  /** Name in the config. */
  readonly image: string;
  /** References that stay: what is served, what was served before, what is being tried. */
  readonly keep: ReadonlySet<string>;
  /** Takes references from the nodes. */
  readonly pruneNodes: (references: readonly string[], signal: AbortSignal) => Promise<void>;
}

/**
 * Of what builds leave without a name: stages, which the next build takes from there, and what builds came to that
 * were broken off for a newer change.
 */
const KEPT_NAMELESS = 10;

/** Only images that carry the labels of this cluster and image; what is in use stays. Resolves with what went. */
export async function pruneImages(request: PruneRequest, signal: AbortSignal): Promise<string[]> {
  const { images, journal, imageScope, image, keep } = request;
  const labels = { 'dev.slipway.cluster': imageScope, 'dev.slipway.image': image };
  const prefix = `slipway.local/${imageScope}/${image}:`;
  const found = await images.list(labels, signal);
  for (const { id } of found.filter(isOwnStage).slice(KEPT_NAMELESS)) await removeStage(images, id, signal);
  const old = found
    .flatMap((image) => ownReferences(image))
    .filter((reference) => reference.startsWith(prefix) && !keep.has(reference));
  if (old.length === 0) return [];
  await request.pruneNodes(old, signal);
  const removed: string[] = [];
  for (const reference of old) {
    if ((await images.remove(reference, signal)) === 'in-use') continue;
    await journal.record('gone', { kind: 'image', reference, after: [] });
    removed.push(reference);
  }
  return removed;
}
