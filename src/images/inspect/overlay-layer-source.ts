// Takes images of the classic store (overlay2) apart: the engine keeps each layer unpacked in a folder, and beside
// it the record of its archive. Source of the layout: moby, layer/filestore.go and image/fs.go.

import { promisify } from 'node:util';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path/posix';
import { gunzip } from 'node:zlib';
import { documentOf, manifestOf } from './image-documents.ts';
import type { EngineFiles, OpenEngineFiles } from './engine-files.ts';
import { chainIds } from '../load/layer-chain.ts';
import type { ImageContent, LayerSource, SourceLayer } from './layer-source.ts';
import { assembleLayer, verified } from './read-layer.ts';
import { archiveSizeBytes, parseTarSplit } from './tar-split.ts';

export interface OverlayLayerSourceOptions {
  readonly files: EngineFiles;
  /** The engine's root folder, as it names it (`docker info`: Docker Root Dir). */
  readonly rootFolder: string;
}

const unzip = promisify(gunzip);

export class OverlayLayerSource implements LayerSource {
  readonly title: string;
  readonly #files: EngineFiles;
  readonly #rootFolder: string;
  /** By chain id. A layer never changes, and its record is some MB to read for one number. */
  readonly #sizes = new Map<string, number>();

  constructor({ files, rootFolder }: OverlayLayerSourceOptions) {
    this.title = files.title;
    this.#files = files;
    this.#rootFolder = rootFolder;
  }

  async open(
    image: { readonly id: string },
    signal: AbortSignal,
  ): Promise<(ImageContent & AsyncDisposable) | undefined> {
    await using opened = new AsyncDisposableStack();
    const files = await this.#files.open({ folder: this.#rootFolder, image: image.id }, signal);
    if (!files) return undefined;
    opened.use(files);
    const path = `image/overlay2/imagedb/content/${image.id.replace(':', '/')}`;
    const config = await read(files, path, signal);
    if (!config) return undefined;
    const document = documentOf('application/vnd.oci.image.config.v1+json', config);
    // An engine with another store has other ids; a file that is not what its name says is not used.
    if (document.digest !== image.id) return undefined;
    const { rootfs } = JSON.parse(config.toString()) as { rootfs: { diff_ids?: string[] | null } };
    const diffIds = rootfs.diff_ids ?? [];
    const chains = chainIds(diffIds);
    const layers = await Promise.all(
      diffIds.map((diffId, index) => this.#layer(files, diffId, chains[index]!, signal)),
    );
    if (!layers.every((layer) => layer !== undefined)) return undefined;
    const manifest = manifestOf(document, layers);
    const kept = opened.move();
    return {
      target: manifest,
      documents: [document, manifest],
      config: document.digest,
      layers,
      [Symbol.asyncDispose]: () => kept.disposeAsync(),
    };
  }

  async #layer(
    files: OpenEngineFiles,
    diffId: string,
    chain: string,
    signal: AbortSignal,
  ): Promise<SourceLayer | undefined> {
    let size = this.#sizes.get(chain);
    if (size === undefined) {
      const record = await readRecord(files, chain, signal);
      if (record === undefined) return undefined;
      this.#sizes.set(chain, (size = archiveSizeBytes(record)));
    }
    const layer = { digest: diffId, diffId, size, mediaType: 'application/vnd.oci.image.layer.v1.tar' };
    return { ...layer, read: (readSignal) => verified(assemble(files, chain, readSignal), layer) };
  }
}

async function* assemble(
  files: OpenEngineFiles,
  chain: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const record = await readRecord(files, chain, signal);
  const pieces = record === undefined ? undefined : parseTarSplit(record);
  const cacheId = (await read(files, `${layerFolder(chain)}/cache-id`, signal))?.toString().trim();
  await using folder =
    cacheId === undefined ? undefined : await files.fetch(join('overlay2', cacheId, 'diff'), signal);
  if (!pieces || !folder) throw new Error(`the engine's folder of layer ${chain} cannot be read`);
  yield* assembleLayer(folder.path, pieces, signal);
}

async function readRecord(
  files: OpenEngineFiles,
  chain: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const zipped = await read(files, `${layerFolder(chain)}/tar-split.json.gz`, signal);
  return zipped && (await unzip(zipped)).toString();
}

async function read(files: OpenEngineFiles, path: string, signal: AbortSignal): Promise<Buffer | undefined> {
  await using file = await files.fetch(path, signal);
  return file && (await readFile(file.path, { signal }));
}

function layerFolder(chain: string): string {
  return `image/overlay2/layerdb/${chain.replace(':', '/')}`;
}
