// Which layers of an image a node lacks, told by what its containerd has unpacked and stored.

import { createHash } from 'node:crypto';

/** What a node keeps of layers, whichever image brought them. */
export interface NodeLayers {
  /** Chain ids of unpacked layers: the names of committed snapshots. */
  readonly chains: ReadonlySet<string>;
  /** Digests of what is in the content store: archives of layers among it. */
  readonly blobs: ReadonlySet<string>;
}

/** The least that has to be known of a layer. */
export interface LayerName {
  /** Digest of the archive as the image's manifest names it; compressed or not. */
  readonly digest: string;
  /** Digest of the uncompressed archive. */
  readonly diffId: string;
}

/**
 * The names of a stack of layers, from the base up: a layer's chain id covers it and all below it.
 * Source: OCI image specification, config.md, "Layer ChainID".
 */
export function chainIds(diffIds: readonly string[]): string[] {
  const chain: string[] = [];
  for (const diffId of diffIds) {
    const below = chain.at(-1);
    chain.push(
      below === undefined
        ? diffId
        : `sha256:${createHash('sha256').update(`${below} ${diffId}`).digest('hex')}`,
    );
  }
  return chain;
}

/**
 * The layers that have to be sent. Those up to the highest one that is unpacked are there, and cannot go while it
 * stands on them; of those above, containerd unpacks the ones whose archives it has.
 */
export function missingLayers<Layer extends LayerName>(
  layers: readonly Layer[],
  { chains, blobs }: NodeLayers,
): Layer[] {
  const unpacked = chainIds(layers.map(({ diffId }) => diffId)).findLastIndex((chain) => chains.has(chain));
  const missing = layers.slice(unpacked + 1).filter(({ digest }) => !blobs.has(digest));
  // One layer may stand in an image twice; its archive is needed once.
  return [...new Map(missing.map((layer) => [layer.digest, layer])).values()];
}
