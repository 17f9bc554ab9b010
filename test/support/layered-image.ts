// Images made of nothing but the layers that a test asks for.

import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ImageStore } from '../../src/images/image-store.ts';
import type { Task } from '../../src/task.ts';

export interface LayeredImage {
  readonly reference: string;
  readonly labels: Record<string, string>;
  /** One layer of about 200 kB for each. */
  readonly contents: readonly string[];
}

const LAYER_BYTES = 200_000;

export async function buildLayeredImage(
  images: ImageStore,
  { reference, labels, contents }: LayeredImage,
  task: Task,
): Promise<void> {
  const contextFolder = await mkdtemp(join(tmpdir(), 'slipway-layers-'));
  const dockerfile = join(contextFolder, 'Dockerfile');
  try {
    const lines = ['FROM scratch', ...contents.map((_content, index) => `COPY content-${index} /`)];
    await writeFile(dockerfile, `${lines.join('\n')}\n`);
    for (const [index, content] of contents.entries()) {
      // The same bytes for the same content, and none that an engine could compress.
      const bytes = createHash('shake256', { outputLength: LAYER_BYTES }).update(content).digest();
      await writeFile(join(contextFolder, `content-${index}`), bytes);
    }
    await images.build({ reference, contextFolder, dockerfile, labels }, task);
  } finally {
    await rm(contextFolder, { recursive: true, force: true });
  }
}

/** Removes every image with these labels. */
export async function removeLabelled(
  images: ImageStore,
  labels: Record<string, string>,
  signal: AbortSignal,
): Promise<void> {
  for (const image of await images.list(labels, signal))
    for (const reference of image.references) await images.remove(reference, signal);
}
