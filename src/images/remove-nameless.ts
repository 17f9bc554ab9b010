// Takes away the images without a name that builds leave behind: stages, and what failed builds got to.

import { isOwnStage } from './image-ownership.ts';
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
    let progress = 0;
    for (const image of await images.list(labels, signal))
      if (isOwnStage(image) && (await removeStage(images, image.id, signal))) progress++;
    removed += progress;
    if (progress === 0) break;
  }
  return removed;
}

/** Asked right before: a stage that somebody has given a name is theirs, and would go with it. */
export async function removeStage(
  images: Pick<ImageStore, 'find' | 'remove'>,
  id: string,
  signal: AbortSignal,
): Promise<boolean> {
  const found = await images.find(id, signal);
  if (found === undefined || !isOwnStage(found)) return false;
  return (await images.remove(id, signal)) === 'removed';
}
