// Brings what a node lacks of some images into it, layer by layer.

import type { ImageContent } from '../inspect/layer-source.ts';
import type { InFlightLayers } from './in-flight-layers.ts';
import { lackingOf, type WantedImage } from './load-problem.ts';
import type { NodeTransport } from './node-transport.ts';
import type { NodeState } from './node-images.ts';
import { archiveContentBytes } from '../inspect/oci-archive.ts';
import type { OpenContents } from '../inspect/open-contents.ts';

/** 'missing': the layers that the node has not. 'all': also those, where a partial delivery was refused. */
export type DeliveryExtent = 'missing' | 'all';

export interface DeliveryOrder {
  readonly node: string;
  readonly wanted: readonly WantedImage[];
  readonly contents: OpenContents;
  readonly transport: NodeTransport;
  readonly inFlight: InFlightLayers;
  readonly extent: DeliveryExtent;
  readonly signal: AbortSignal;
  readonly onBytes: (bytes: number) => void;
  /** Called before anything is sent. */
  readonly onStart: (totalBytes: number) => void;
}

export interface SentImage {
  readonly reference: string;
  readonly sentBytes: number;
  readonly layers: { readonly sent: number; readonly total: number };
}

export interface Delivered {
  /** Before anything was sent. */
  readonly before: NodeState;
  /** The last that is known. */
  readonly state: NodeState;
  readonly sent: readonly SentImage[];
  readonly error: unknown;
}

/** Rejects only where the node cannot be asked, or the signal says stop. */
export async function deliverImages(order: DeliveryOrder): Promise<Delivered> {
  const { node, wanted, contents, transport, inFlight, extent, signal, onBytes, onStart } = order;
  let sent: SentImage[] = [];
  let land: ((isWell: boolean) => void) | undefined;
  let isWell = false;
  try {
    const visit = await transport.deliver({
      node,
      names: wanted.map(({ name }) => name),
      signal,
      onBytes,
      bring: async (before) => {
        const found = await Promise.all(
          lackingOf(wanted, before).map(async (entry) => ({
            ...entry,
            content: await contents.get(entry.reference),
          })),
        );
        const images = found.filter((entry): entry is Parted => entry.content !== undefined);
        if (images.length === 0) return undefined;
        const stacks = images.map(({ content }) => content.layers);
        const boarding = await inFlight.board(node, stacks, before.layers);
        land = boarding.land;
        const everything = new Map(stacks.flat().map((layer) => [layer.digest, layer]));
        const layers = extent === 'missing' ? boarding.layers : [...everything.values()];
        const bundle = { images, layers, has: boarding.has };
        sent = shareOut(images, new Map(layers.map((layer) => [layer.digest, layer.size])));
        onStart(archiveContentBytes(bundle));
        return bundle;
      },
    });
    const state = visit.after ?? visit.before;
    isWell = sent.length > 0 && lackingOf(wanted, state).length === 0;
    return { before: visit.before, state, sent, error: visit.error };
  } finally {
    land?.(isWell);
  }
}

type Parted = WantedImage & { readonly content: ImageContent };

/** What images share is counted for the first one. */
function shareOut(images: readonly Parted[], sizes: Map<string, number>): SentImage[] {
  return images.map(({ reference, content }) => {
    let sentBytes = content.documents.reduce((sum, { size }) => sum + size, 0);
    let sent = 0;
    for (const { digest } of content.layers) {
      const size = sizes.get(digest);
      if (size === undefined) continue;
      sizes.delete(digest);
      sentBytes += size;
      sent += 1;
    }
    return { reference, sentBytes, layers: { sent, total: content.layers.length } };
  });
}
