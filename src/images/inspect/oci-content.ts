// An image taken apart that lies somewhere as blobs, each named by its digest: a content store, an OCI layout.

import { documentOf } from './image-documents.ts';
import type { Descriptor, ImageContent, ImageDocument, SourceLayer } from './layer-source.ts';

export interface BlobPlace {
  /** A small blob; undefined where it is not there. */
  document(digest: string): Promise<Uint8Array | undefined>;
  layer(descriptor: Descriptor, signal: AbortSignal): AsyncIterable<Uint8Array>;
}

interface Index {
  readonly manifests: readonly (Descriptor & {
    readonly platform?: { readonly os?: string; readonly architecture?: string };
  })[];
}

interface Manifest {
  readonly mediaType?: string;
  readonly config?: Descriptor;
  readonly layers?: readonly Descriptor[];
}

/** Below an index may be another one; deeper than this is no image. */
const MAX_DEPTH = 3;

/**
 * The image of one architecture (as Go calls it: 'amd64'). An index stays what the name points at, so the image
 * keeps its digest; of what it lists only that architecture's manifest comes along: no other platforms, and no
 * attestations, which an engine names but often does not have. Undefined where something of it is missing.
 */
export async function contentOf(
  target: string,
  architecture: string,
  place: BlobPlace,
): Promise<ImageContent | undefined> {
  const documents: ImageDocument[] = [];
  let digest = target;
  for (let depth = 0; depth < MAX_DEPTH; depth += 1) {
    const bytes = await place.document(digest);
    if (!bytes) return undefined;
    const content = JSON.parse(Buffer.from(bytes).toString()) as Partial<Index> & Manifest;
    const kind = content.manifests ? 'index' : 'manifest';
    const document = documentOf(content.mediaType ?? `application/vnd.oci.image.${kind}.v1+json`, bytes);
    // Whatever is kept under that name, it is not this image.
    if (document.digest !== digest) return undefined;
    documents.push(document);
    if (content.manifests) {
      const fitting = content.manifests.find(
        ({ platform }) =>
          platform === undefined || (platform.os === 'linux' && platform.architecture === architecture),
      );
      if (!fitting) return undefined;
      digest = fitting.digest;
    } else return ofManifest(content, documents, place);
  }
  return undefined;
}

async function ofManifest(
  { config, layers }: Manifest,
  documents: readonly ImageDocument[],
  place: BlobPlace,
): Promise<ImageContent | undefined> {
  const bytes = config && (await place.document(config.digest));
  if (!bytes || !layers) return undefined;
  const document = documentOf(config.mediaType, bytes);
  const { rootfs } = JSON.parse(Buffer.from(bytes).toString()) as { rootfs?: { diff_ids?: string[] } };
  const diffIds = rootfs?.diff_ids ?? [];
  if (document.digest !== config.digest || diffIds.length !== layers.length) return undefined;
  return {
    target: documents[0]!,
    documents: [document, ...documents.toReversed()],
    config: document.digest,
    layers: layers.map(({ mediaType, digest, size }, index): SourceLayer => {
      const descriptor = { mediaType, digest, size };
      return { ...descriptor, diffId: diffIds[index]!, read: (signal) => place.layer(descriptor, signal) };
    }),
  };
}
