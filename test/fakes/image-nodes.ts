// The nodes of a cluster in memory: a way to their containerd, and the docker CLI as far as whole images go through.

import { text } from 'node:stream/consumers';
import type { Readable } from 'node:stream';
import { Failure } from '../../src/failure.ts';
import { chainIds } from '../../src/images/load/layer-chain.ts';
import type {
  NodeBundle,
  NodeDelivery,
  NodeTransport,
  NodeQuestion,
  NodeVisit,
} from '../../src/images/load/node-transport.ts';
import type { NodeImage, NodeState } from '../../src/images/load/node-images.ts';
import type { Command, CommandResult, CommandRunner } from '../../src/process/command-runner.ts';
import { manifestDigest } from './manifest-digest.ts';

/**
 * How taking images in goes: 'lost' ends well and leaves nothing behind, 'refuses-parts' wants every layer,
 * 'refuses-layers' wants the whole image.
 */
export type IntakeOutcome =
  'works' | 'fails' | 'lost' | 'not-unpacked' | 'unnoticed' | 'hangs' | 'refuses-parts' | 'refuses-layers';

interface NodeInMemory {
  readonly images: Map<string, NodeImage & { noticedAfterLooks: number }>;
  readonly chains: Set<string>;
  outcome: IntakeOutcome;
}

/** Takes whole streams as FakeImageStore exports them: a line '<reference> <id>' for each image. */
export class FakeImageNodes implements NodeTransport, CommandRunner {
  /** What came in, in order: '<node> <number of layers>' or '<node> whole'. */
  readonly intakes: string[] = [];
  looks = 0;
  /** False: this way leads to no node. */
  isOpen = true;
  readonly #nodes = new Map<string, NodeInMemory>();

  constructor(...names: string[]) {
    for (const name of names)
      this.#nodes.set(name, { images: new Map(), chains: new Set(), outcome: 'works' });
  }

  /** Says how taking in goes from now on. */
  goes(name: string, outcome: IntakeOutcome): void {
    this.#node(name).outcome = outcome;
  }

  /** Puts an image there. */
  add(name: string, reference: string, id: string): void {
    this.#add(this.#node(name), reference, id);
  }

  async reaches(): Promise<boolean> {
    return this.isOpen;
  }

  async look({ node, signal }: NodeQuestion): Promise<NodeState> {
    if (signal.aborted) throw new Failure('interrupted', 'was not asked');
    this.looks += 1;
    const { images, chains } = this.#node(node);
    const seen = [...images].map(([name, image]) => {
      const managed = image.noticedAfterLooks-- <= 0;
      return [name, { ...image, managed }] as const;
    });
    const layers = { chains: new Set(chains), blobs: new Set<string>() };
    return { images: new Map(seen), layers, snapshotter: 'overlayfs' };
  }

  async deliver(delivery: NodeDelivery): Promise<NodeVisit> {
    const before = await this.look(delivery);
    const bundle = await delivery.bring(before);
    if (!bundle) return { before, after: before };
    this.intakes.push(`${delivery.node} ${bundle.layers.length}`);
    try {
      await this.#takeIn(this.#node(delivery.node), bundle, delivery);
      return { before, after: await this.look(delivery) };
    } catch (error) {
      if (delivery.signal.aborted) throw error;
      return { before, after: await this.look(delivery), error };
    }
  }

  async find(): Promise<string | undefined> {
    return undefined;
  }

  async run({ args, input, signal }: Command): Promise<CommandResult> {
    if (signal?.aborted) throw new Failure('interrupted', 'was not started');
    if (args.slice(0, 2).join(' ') !== 'exec -i' || args.slice(3, 7).join(' ') !== 'ctr -n k8s.io images')
      throw new Error(`unexpected: ${args.join(' ')}`);
    const node = this.#node(args[2]!);
    this.intakes.push(`${args[2]} whole`);
    await this.#meet(node, signal);
    const lines = (await text(input as Readable)).trim().split('\n');
    for (const line of lines) this.#add(node, ...(line.split(' ') as [string, string]));
    return { stdout: '', stderr: '', durationMs: 1 };
  }

  async #takeIn(node: NodeInMemory, bundle: NodeBundle, { onBytes, signal }: NodeDelivery): Promise<void> {
    await this.#meet(node, signal);
    const stacks = bundle.images.map(({ content }) => content.layers.map(({ diffId }) => diffId));
    if (node.outcome === 'refuses-layers') throw new Error('no such archive');
    if (node.outcome === 'refuses-parts' && bundle.layers.length < new Set(stacks.flat()).size)
      throw new Error('layer not found');
    let bytes = 0;
    const came = new Set<string>();
    for (const layer of bundle.layers) {
      for await (const chunk of layer.read(signal)) onBytes((bytes += chunk.length));
      came.add(layer.diffId);
    }
    for (const chains of stacks.map(chainIds)) {
      for (const [index, chain] of chains.entries()) {
        const diffId = stacks.find((stack) => chainIds(stack)[index] === chain)![index]!;
        if (!node.chains.has(chain) && !came.has(diffId)) throw new Error(`nobody brought ${diffId}`);
        if (node.outcome !== 'lost') node.chains.add(chain);
      }
    }
    for (const { name, content } of bundle.images) this.#add(node, name, content.config);
  }

  async #meet(node: NodeInMemory, signal: AbortSignal | undefined): Promise<void> {
    if (node.outcome === 'fails')
      throw new Failure('command', 'docker exec failed with exit code 1', {
        details: ['ctr: no space left'],
      });
    if (node.outcome !== 'hangs') return;
    const { promise, reject } = Promise.withResolvers<never>();
    const end = (): void => reject(new Failure('interrupted', 'was ended'));
    signal?.addEventListener('abort', end, { once: true });
    return promise;
  }

  #add(node: NodeInMemory, reference: string, id: string): void {
    if (node.outcome === 'lost') return;
    node.images.set(reference, {
      digests: new Set([id, manifestDigest(id)]),
      unpacked: node.outcome !== 'not-unpacked',
      managed: true,
      noticedAfterLooks: node.outcome === 'unnoticed' ? 2 : 0,
    });
  }

  #node(name: string): NodeInMemory {
    const node = this.#nodes.get(name);
    if (!node) throw new Failure('command', `docker exec failed: no such container: ${name}`);
    return node;
  }
}
