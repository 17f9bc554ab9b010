// Takes the images of a FakeImageStore apart. Their layers are made of as many zeros as the store says.

import type { ImageContent, LayerSource, SourceLayer } from '../../src/images/inspect/layer-source.ts';
import type { ImageStore } from '../../src/images/image-store.ts';
import { manifestDigest } from './manifest-digest.ts';

export class FakeLayerSource implements LayerSource {
  readonly title = 'a store in memory';
  /** References of what was taken apart and not closed yet. */
  readonly unclosed: string[] = [];
  /** False: nothing can be taken apart. */
  isAble = true;
  /** Layers break off when they are read. */
  isBroken = false;
  readonly #images: ImageStore;

  constructor(images: ImageStore) {
    this.#images = images;
  }

  async open(
    { reference, id }: { readonly reference: string; readonly id: string },
    signal: AbortSignal,
  ): Promise<(ImageContent & AsyncDisposable) | undefined> {
    if (!this.isAble) return undefined;
    this.unclosed.push(reference);
    const stored = await this.#images.layers(reference, signal);
    const layers = stored.map(({ diffId, sizeBytes }): SourceLayer => ({
      digest: diffId,
      diffId,
      size: sizeBytes,
      mediaType: 'application/vnd.oci.image.layer.v1.tar',
      read: () => this.#read(sizeBytes),
    }));
    // A real one has its digest by its bytes; here only the names matter.
    const config = documentOf('config', id, { rootfs: { diff_ids: layers.map(({ diffId }) => diffId) } });
    const manifest = documentOf('manifest', manifestDigest(id), { config: { digest: id }, layers: [] });
    return {
      target: manifest,
      documents: [config, manifest],
      config: id,
      layers,
      [Symbol.asyncDispose]: async () => {
        this.unclosed.splice(this.unclosed.indexOf(reference), 1);
      },
    };
  }

  async *#read(sizeBytes: number): AsyncGenerator<Uint8Array> {
    yield Buffer.alloc(Math.floor(sizeBytes / 2));
    if (this.isBroken) throw new Error('the disk is gone');
    yield Buffer.alloc(Math.ceil(sizeBytes / 2));
  }
}

function documentOf(kind: string, digest: string, content: object) {
  const bytes = Buffer.from(JSON.stringify(content));
  return { mediaType: `application/vnd.oci.image.${kind}.v1+json`, digest, size: bytes.length, bytes };
}
