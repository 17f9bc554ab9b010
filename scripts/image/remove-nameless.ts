// Takes away the images without a name that builds leave behind: stages, and what failed builds got to.

import type { ImageStore } from './image-store.ts';

/** A stage shows up in the list only when its child is gone: no Dockerfile has more stages than this on top of one another. */
const MOST_ROUNDS = 20;

/** Of the images that carry these labels. What is in use stays. Resolves with the number of removed ones. */
export async function removeNameless(
  images: ImageStore,
  labels: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<number> {
  let removed = 0;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const nameless = (await images.list(labels, signal)).filter((image) => image.references[0] === image.id);
    let progress = 0;
    for (const { id } of nameless) if ((await images.remove(id, signal)) === 'removed') progress++;
    removed += progress;
    if (progress === 0) break;
  }
  return removed;
}
