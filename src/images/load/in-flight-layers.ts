// Layers that are on their way to a node: two images that are loaded at once send what they share once.

import { chainIds, missingLayers, type NodeLayers } from './layer-chain.ts';
import type { SourceLayer } from '../inspect/layer-source.ts';

/** The layers of one delivery. */
export interface Boarding {
  /** What this delivery has to send itself. */
  readonly layers: readonly SourceLayer[];
  /** What the node has once this delivery may start. */
  readonly has: NodeLayers;
  /** Has to be called when the delivery has ended: whether it went well. */
  readonly land: (isWell: boolean) => void;
}

export class InFlightLayers {
  /** By '<node> <chain id>': whether the layer arrived. */
  readonly #inFlight = new Map<string, Promise<boolean>>();

  /**
   * Takes on what the node lacks of these stacks of layers and no other delivery brings; waits for the others, and
   * takes on what they failed to bring. Deliveries wait only for those that boarded before them: never in a circle.
   */
  async board(
    node: string,
    stacks: readonly (readonly SourceLayer[])[],
    before: NodeLayers,
  ): Promise<Boarding> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const own: string[] = [];
    const others: { readonly chain: string; readonly arrived: Promise<boolean> }[] = [];
    for (const chain of stacks.flatMap((stack) => chainIds(stack.map(({ diffId }) => diffId)))) {
      const key = `${node} ${chain}`;
      const transfer = this.#inFlight.get(key);
      if (transfer && !own.includes(key)) others.push({ chain, arrived: transfer });
      else if (!transfer && !before.chains.has(chain)) {
        own.push(key);
        this.#inFlight.set(key, promise);
      }
    }
    const arrived = await Promise.all(
      others.map(async (other) => ((await other.arrived) ? [other.chain] : [])),
    );
    const has = { ...before, chains: new Set([...before.chains, ...arrived.flat()]) };
    const layers = stacks.flatMap((stack) => missingLayers(stack, has));
    return {
      layers: [...new Map(layers.map((layer) => [layer.digest, layer])).values()],
      has,
      land: (isWell) => {
        for (const key of own) this.#inFlight.delete(key);
        resolve(isWell);
      },
    };
  }
}
