// An image as services have them: a large base of few and of many files, and on top what is edited all day.

import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageStore, StoredImage } from '../../../src/images/image-store.ts';

export interface LargeImageOptions {
  readonly images: ImageStore;
  /** First part of its references. */
  readonly name: string;
  /** An empty folder. */
  readonly folder: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** Files and bytes of each layer: a runtime, packages, settings. */
const BASE = [
  { files: 3, fileBytes: 36_000_000 },
  { files: 4000, fileBytes: 22_000 },
  { files: 20, fileBytes: 500_000 },
] as const;
const TOP = { files: 290, fileBytes: 20_000 } as const;

export class LargeImage {
  /** Of the last layer's files. */
  readonly topBytes = TOP.files * TOP.fileBytes;
  readonly baseBytes = BASE.reduce((sum, { files, fileBytes }) => sum + files * fileBytes, 0);
  readonly base: string;
  readonly #options: LargeImageOptions;

  constructor(options: LargeImageOptions) {
    this.#options = options;
    this.base = `slipway.local/${options.name}/base:1`;
  }

  async buildBase(): Promise<StoredImage> {
    for (const [index, layer] of BASE.entries()) await this.#write(`layer-${index}`, layer);
    const lines = ['FROM scratch', ...BASE.map((_layer, index) => `COPY layer-${index} /layer-${index}/`)];
    return this.#build(this.base, lines);
  }

  /** The base with another layer of new files on top; gives its reference. */
  async buildNext(): Promise<string> {
    const reference = `slipway.local/${this.#options.name}/next:${randomUUID()}`;
    await this.#write('top', TOP);
    await this.#build(reference, [`FROM ${this.base}`, 'COPY top /app/']);
    return reference;
  }

  async #write(name: string, { files, fileBytes }: { files: number; fileBytes: number }): Promise<void> {
    const folder = join(this.#options.folder, name);
    await rm(folder, { recursive: true, force: true });
    for (let file = 0; file < files; file += 1) {
      const inside = join(folder, String(file % 40));
      if (file < 40) await mkdir(inside, { recursive: true });
      // Half of it can be compressed, as programs can.
      const half = randomBytes(fileBytes / 2);
      await writeFile(
        join(inside, `${file}.js`),
        Buffer.concat([half, Buffer.alloc(fileBytes / 2, 'slipway ')]),
      );
    }
  }

  async #build(reference: string, lines: readonly string[]): Promise<StoredImage> {
    const { images, folder, labels, signal } = this.#options;
    const dockerfile = join(folder, 'Dockerfile');
    const used = lines.flatMap((line) => /^COPY (\S+)/.exec(line)?.[1] ?? []);
    await writeFile(join(folder, '.dockerignore'), ['*', ...used.map((name) => `!${name}`), ''].join('\n'));
    await writeFile(dockerfile, `${lines.join('\n')}\n`);
    return images.build(
      { reference, contextFolder: folder, dockerfile, labels },
      { signal, report: () => {} },
    );
  }
}
