// Port: an image of the engine taken apart, so that single layers of it can be sent.

import type { LayerName } from '../load/layer-chain.ts';

/** Source: OCI image specification, descriptor.md. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** An index, a manifest or a config: small, and always sent. */
export interface ImageDocument extends Descriptor {
  readonly bytes: Uint8Array;
}

export interface SourceLayer extends LayerName, Descriptor {
  /** The archive, from its start at every call. Breaks off with an error where it is not what the digest says. */
  read(signal: AbortSignal): AsyncIterable<Uint8Array>;
}

export interface ImageContent {
  /** What the image's name points at: one of the documents. */
  readonly target: Descriptor;
  readonly documents: readonly ImageDocument[];
  /** Digest of the config: one of the documents. */
  readonly config: string;
  /** From the base up. */
  readonly layers: readonly SourceLayer[];
}

export interface LayerSource {
  /** Where it reads, for messages: "the engine's folder". */
  readonly title: string;
  /**
   * Takes an image apart; `id` is the engine's. Undefined where this source cannot: another storage driver,
   * no right to read, an image that it does not understand. What was kept for reading goes with the content.
   */
  open(
    image: { readonly reference: string; readonly id: string },
    signal: AbortSignal,
  ): Promise<(ImageContent & AsyncDisposable) | undefined>;
}
