// Takes images of the containerd store apart: blobs in a folder, as they were pulled or built.

import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { EngineFiles, OpenEngineFiles } from './engine-files.ts';
import type { Descriptor, ImageContent, LayerSource } from './layer-source.ts';
import { contentOf } from './oci-content.ts';
import { verified } from './read-layer.ts';

export interface ContentLayerSourceOptions {
  readonly files: EngineFiles;
  /** Where the content store may lie, most likely first: folders with `blobs/sha256` in them. */
  readonly folders: readonly string[];
  /** Of the nodes, as Go calls it: 'amd64'. */
  readonly architecture: string;
}

const CHUNK_BYTES = 1 << 20;

export class ContentLayerSource implements LayerSource {
  readonly title: string;
  readonly #options: ContentLayerSourceOptions;

  constructor(options: ContentLayerSourceOptions) {
    this.title = options.files.title;
    this.#options = options;
  }

  async open(
    image: { readonly id: string },
    signal: AbortSignal,
  ): Promise<(ImageContent & AsyncDisposable) | undefined> {
    for (const folder of this.#options.folders) {
      await using opened = new AsyncDisposableStack();
      const files = await this.#options.files.open({ folder, image: image.id }, signal);
      if (!files) continue;
      opened.use(files);
      const content = await contentOf(image.id, this.#options.architecture, {
        document: (digest) => readDocument(files, digest, signal),
        layer: (descriptor, layerSignal) => verified(readLayer(files, descriptor, layerSignal), descriptor),
      });
      if (!content) continue;
      const kept = opened.move();
      return { ...content, [Symbol.asyncDispose]: () => kept.disposeAsync() };
    }
    return undefined;
  }
}

async function readDocument(
  files: OpenEngineFiles,
  digest: string,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  await using file = await files.fetch(blobPath(digest), signal);
  return file && (await readFile(file.path, { signal }));
}

async function* readLayer(
  files: OpenEngineFiles,
  { digest }: Descriptor,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  await using file = await files.fetch(blobPath(digest), signal);
  if (!file) throw new Error(`the engine's content store has no ${digest}`);
  yield* createReadStream(file.path, { highWaterMark: CHUNK_BYTES, signal }) as AsyncIterable<Buffer>;
}

function blobPath(digest: string): string {
  return `blobs/${digest.replace(':', '/')}`;
}
