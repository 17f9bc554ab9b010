// Brings images into a containerd piece by piece: layers, which are unpacked as they come, then the documents, then
// the names. Nothing that is named is ever incomplete.

import type { ContainerdImages } from './containerd-images.ts';
import { chainIds } from './layer-chain.ts';
import type { Descriptor, ImageContent, ImageDocument } from '../inspect/layer-source.ts';
import { documentsBelow } from './node-images.ts';
import type { NodeBundle } from './node-transport.ts';

export interface BringOptions {
  readonly snapshotter: string;
  readonly onBytes: (bytes: number) => void;
  readonly signal: AbortSignal;
}

export async function bringImages(
  images: ContainerdImages,
  { images: archived, layers, has }: NodeBundle,
  { snapshotter, onBytes, signal }: BringOptions,
): Promise<void> {
  let sent = 0;
  async function* counted(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of bytes) {
      yield chunk;
      onBytes((sent += chunk.length));
    }
  }
  const toSend = new Set(layers.map(({ digest }) => digest));
  const unpacked = new Set(has.chains);
  // Unpacking one layer while the next one is sent.
  let unpacking: Promise<void> = Promise.resolve();
  for (const { content } of archived) {
    const chains = chainIds(content.layers.map(({ diffId }) => diffId));
    for (const [index, layer] of content.layers.entries()) {
      const [chain, parent] = [chains[index]!, chains[index - 1] ?? ''];
      if (toSend.delete(layer.digest)) {
        const labels = { 'containerd.io/uncompressed': layer.diffId };
        await images.write({ ...blobOf(layer), labels }, counted(layer.read(signal)));
      }
      if (unpacked.has(chain)) continue;
      unpacked.add(chain);
      unpacking = unpacking.then(() => images.unpack(layer, { snapshotter, parent, chain }));
      // It is awaited below; until then it may fail without being an unhandled rejection.
      unpacking.catch(() => {});
    }
  }
  await unpacking;
  for (const { content } of archived) {
    for (const document of content.documents) {
      const labels = labelsOf(document, content, snapshotter);
      await images.write({ ...blobOf(document), labels }, counted(once(document.bytes)));
    }
  }
  for (const { name, content } of archived) await images.tag(name, content.target);
}

/**
 * What keeps a document's children from being collected. Layers are not among them: they are unpacked, and their
 * archives would only fill the node's disk. containerd's own pull leaves them out in the same way
 * (discard_unpacked_layers).
 */
function labelsOf(
  { digest, bytes }: ImageDocument,
  { documents, config, layers }: ImageContent,
  snapshotter: string,
): Record<string, string> {
  if (digest === config) {
    const top = chainIds(layers.map(({ diffId }) => diffId)).at(-1);
    return top === undefined ? {} : { [`containerd.io/gc.ref.snapshot.${snapshotter}`]: top };
  }
  // An index names platforms that are not brought.
  const brought = new Set(documents.map((document) => document.digest));
  const below = documentsBelow(Buffer.from(bytes).toString()).filter((child) => brought.has(child));
  return Object.fromEntries(below.map((child, index) => [`containerd.io/gc.ref.content.${index}`, child]));
}

function blobOf({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
