// Images as one OCI archive that may leave out layers: containerd needs no archive of a layer that it has unpacked.

import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pack, type Pack } from 'tar-stream';
import type { Descriptor, ImageContent, SourceLayer } from './layer-source.ts';

export interface ArchivedImage {
  /** The full name that containerd gives the image. */
  readonly name: string;
  readonly content: ImageContent;
}

export interface OciArchive {
  readonly images: readonly ArchivedImage[];
  /** Those whose bytes go into the archive. */
  readonly layers: readonly SourceLayer[];
}

/**
 * Streams the archive. Source of the layout: OCI image specification, image-layout.md; of the annotation:
 * containerd, images/annotations.go.
 */
export function packOciArchive({ images, layers }: OciArchive, signal: AbortSignal): Readable {
  const archive = pack();
  void (async () => {
    archive.entry({ name: 'oci-layout' }, JSON.stringify({ imageLayoutVersion: '1.0.0' }));
    for (const layer of layers)
      await pipeline(Readable.from(layer.read(signal)), archive.entry(entryOf(layer)), { signal });
    const documents = images.flatMap(({ content }) => content.documents);
    for (const document of unique(documents)) archive.entry(entryOf(document), Buffer.from(document.bytes));
    // Last: an archive that breaks off has none, and no containerd takes it for whole.
    archive.entry({ name: 'index.json' }, JSON.stringify(indexOf(images)));
    archive.finalize();
  })().catch((error: unknown) => destroy(archive, error));
  return archive as unknown as Readable;
}

/** The bytes of layers and documents, without the few that a tar adds. */
export function archiveContentBytes({ images, layers }: OciArchive): number {
  const documents = unique(images.flatMap(({ content }) => content.documents));
  return [...layers, ...documents].reduce((sum, { size }) => sum + size, 0);
}

function indexOf(images: readonly ArchivedImage[]): object {
  return {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: images.map(({ name, content: { target } }) => ({
      mediaType: target.mediaType,
      digest: target.digest,
      size: target.size,
      annotations: { 'io.containerd.image.name': name },
    })),
  };
}

function entryOf({ digest, size }: Descriptor): { name: string; size: number } {
  return { name: `blobs/${digest.replace(':', '/')}`, size };
}

function unique<Named extends Descriptor>(entries: readonly Named[]): Named[] {
  return [...new Map(entries.map((entry) => [entry.digest, entry])).values()];
}

function destroy(archive: Pack, error: unknown): void {
  archive.destroy(error instanceof Error ? error : new Error(String(error)));
}
