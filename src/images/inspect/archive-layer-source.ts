// Takes any image of any engine apart by way of `docker save`: the whole image is written into a temporary folder,
// which costs its time and its space, but of that only missing layers go into the nodes.

import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, open, readFile, realpath, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, normalize } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { extract, type Header } from 'tar-stream';
import { documentOf, manifestOf } from './image-documents.ts';
import type { ImageStore } from '../image-store.ts';
import type { ImageContent, LayerSource, SourceLayer } from './layer-source.ts';
import { containerdName } from '../load/node-images.ts';
import { contentOf } from './oci-content.ts';
import { verified } from './read-layer.ts';

export interface ArchiveLayerSourceOptions {
  readonly images: ImageStore;
  /** Of the nodes, as Go calls it: 'amd64'. */
  readonly architecture: string;
}

const CHUNK_BYTES = 1 << 20;

export class ArchiveLayerSource implements LayerSource {
  readonly title = 'docker save';
  readonly #options: ArchiveLayerSourceOptions;

  constructor(options: ArchiveLayerSourceOptions) {
    this.#options = options;
  }

  async open(
    image: { readonly reference: string; readonly id: string },
    signal: AbortSignal,
  ): Promise<(ImageContent & AsyncDisposable) | undefined> {
    await using opened = new AsyncDisposableStack();
    const folder = await mkdtemp(join(await realpath(tmpdir()), 'slipway-save-'));
    opened.defer(() => rm(folder, { recursive: true, force: true }));
    const archive = new SavedImage(folder);
    await archive.save(await this.#options.images.export([image.reference], signal), signal);
    const content = (await archive.ofLayout(image, this.#options.architecture)) ?? (await archive.ofDocker());
    if (!content) return undefined;
    const kept = opened.move();
    return { ...content, [Symbol.asyncDispose]: () => kept.disposeAsync() };
  }
}

type EntryContent = AsyncIterable<Uint8Array> & { readonly destroyed: boolean };

/** An archive in a folder. */
class SavedImage {
  readonly #folder: string;
  /** A layer that an archive has twice is a symbolic link there, which the folder does without. */
  readonly #links = new Map<string, string>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  async save(archive: NodeJS.ReadableStream, signal: AbortSignal): Promise<void> {
    const unpacking = extract();
    let taking: Promise<void> = Promise.resolve();
    unpacking.on('entry', (header, content, next) => {
      // What breaks off is told by the pipeline; without a listener it would end the process.
      content.on('error', () => {});
      taking = this.#take(header, content as unknown as EntryContent).then(
        () => {
          content.resume();
          next();
        },
        (error: Error) => void unpacking.destroy(error),
      );
    });
    try {
      await pipeline(archive, unpacking as unknown as NodeJS.WritableStream, { signal });
    } finally {
      // Else a file that is being made would make its folder anew after the removal.
      await taking;
    }
  }

  /** As engines write it since Docker 25: an OCI layout. */
  async ofLayout(
    image: { readonly reference: string; readonly id: string },
    architecture: string,
  ): Promise<ImageContent | undefined> {
    const index = await this.#json<{ manifests: { digest: string; annotations?: Record<string, string> }[] }>(
      'index.json',
    );
    const name = containerdName(image.reference);
    const target = index?.manifests.find(
      ({ digest, annotations }) => digest === image.id || annotations?.['io.containerd.image.name'] === name,
    );
    const path = (digest: string): string => `blobs/${digest.replace(':', '/')}`;
    if (!target) return undefined;
    return contentOf(target.digest, architecture, {
      document: (digest) => this.#read(path(digest)),
      layer: (descriptor, signal) => verified(this.#stream(path(descriptor.digest), signal), descriptor),
    });
  }

  /** As they wrote it before: a list of files. */
  async ofDocker(): Promise<ImageContent | undefined> {
    const list = await this.#json<{ Config: string; Layers: string[] }[]>('manifest.json');
    const bytes = list?.length === 1 ? await this.#read(list[0]!.Config) : undefined;
    if (!bytes) return undefined;
    const config = documentOf('application/vnd.oci.image.config.v1+json', bytes);
    const { rootfs } = JSON.parse(bytes.toString()) as { rootfs: { diff_ids?: string[] | null } };
    const diffIds = rootfs.diff_ids ?? [];
    const files = list![0]!.Layers;
    if (files.length !== diffIds.length) return undefined;
    const layers = await Promise.all(
      diffIds.map(async (diffId, index): Promise<SourceLayer> => {
        const { size } = await stat(this.#path(files[index]!));
        const layer = { digest: diffId, diffId, size, mediaType: 'application/vnd.oci.image.layer.v1.tar' };
        return { ...layer, read: (signal) => verified(this.#stream(files[index]!, signal), layer) };
      }),
    );
    const manifest = manifestOf(config, layers);
    return { target: manifest, documents: [config, manifest], config: config.digest, layers };
  }

  async #take({ name, type, linkname }: Header, content: EntryContent): Promise<void> {
    if (type === 'symlink') this.#links.set(normalize(name), normalize(join(dirname(name), linkname ?? '')));
    if (type !== 'file' || name.split('/').includes('..')) return;
    const path = join(this.#folder, name);
    await mkdir(dirname(path), { recursive: true });
    await using file = await open(path, 'wx');
    // Neither pipeline() nor a loop hears the end of a stream that was destroyed before they begin.
    if (content.destroyed) return;
    for await (const bytes of content) await file.appendFile(bytes);
  }

  async #json<T>(name: string): Promise<T | undefined> {
    const bytes = await this.#read(name);
    return bytes && (JSON.parse(bytes.toString()) as T);
  }

  #read(name: string): Promise<Buffer | undefined> {
    return readFile(this.#path(name)).catch(() => undefined);
  }

  #stream(name: string, signal: AbortSignal): AsyncIterable<Uint8Array> {
    return createReadStream(this.#path(name), { highWaterMark: CHUNK_BYTES, signal });
  }

  #path(name: string): string {
    const inside = normalize(name);
    const path = this.#links.get(inside) ?? inside;
    // What an engine sends is not asked to lead out of the folder.
    if (path.split('/').includes('..')) throw new Error(`the archive of the engine names ${name}`);
    return join(this.#folder, path);
  }
}
