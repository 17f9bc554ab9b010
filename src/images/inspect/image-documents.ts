// The small JSON documents that an image consists of beside its layers.

import { createHash } from 'node:crypto';
import type { Descriptor, ImageDocument } from './layer-source.ts';

export function documentOf(mediaType: string, bytes: Uint8Array): ImageDocument {
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  return { mediaType, digest, size: bytes.length, bytes };
}

/**
 * A manifest for an image that its engine keeps without one. The same image gives the same manifest every time.
 * Source: OCI image specification, manifest.md.
 */
export function manifestOf(config: Descriptor, layers: readonly Descriptor[]): ImageDocument {
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = {
    schemaVersion: 2,
    mediaType,
    config: descriptorOf(config),
    layers: layers.map(descriptorOf),
  };
  return documentOf(mediaType, Buffer.from(JSON.stringify(manifest)));
}

function descriptorOf({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size };
}
