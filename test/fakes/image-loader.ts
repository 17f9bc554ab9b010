// An ImageLoader in memory: it remembers which node has which image of the store's.

import { Failure } from '../../src/failure.ts';
import type { ImageLoader, LoadReport, LoadRequest } from '../../src/images/load/image-loader.ts';
import type { ImageLayer, ImageStore } from '../../src/images/image-store.ts';
import type { Task } from '../../src/task.ts';

export class FakeImageLoader implements ImageLoader {
  /** Every load that was asked for. */
  readonly loads: LoadRequest[] = [];
  readonly #images: ImageStore;
  /** '<node> <reference>' to the id that the node has. */
  readonly #nodes = new Map<string, string>();
  /** '<node> <diff ids from the base up to this layer>'. */
  readonly #layers = new Set<string>();
  readonly #refusals: Error[] = [];

  constructor(images: ImageStore) {
    this.#images = images;
  }

  /** The next load fails so, with nothing loaded. */
  failNext(failure: Error): void {
    this.#refusals.push(failure);
  }

  /** The node loses the image, as when it is made anew. */
  forget(node: string, reference: string): void {
    this.#nodes.delete(`${node} ${reference}`);
  }

  async present(request: LoadRequest, signal: AbortSignal): Promise<{ reference: string; node: string }[]> {
    if (signal.aborted) throw new Failure('interrupted', 'asking the nodes was stopped');
    const found: { reference: string; node: string }[] = [];
    for (const reference of request.references) {
      const image = await this.#images.find(reference, signal);
      for (const node of request.nodes)
        if (image && this.#nodes.get(`${node} ${reference}`) === image.id) found.push({ reference, node });
    }
    return found;
  }

  async load(request: LoadRequest, task: Task): Promise<LoadReport[]> {
    this.loads.push(request);
    const refusal = this.#refusals.shift();
    if (refusal) throw refusal;
    const before = await this.present(request, task.signal);
    const reports: LoadReport[] = [];
    for (const reference of request.references) {
      const image = await this.#images.find(reference, task.signal);
      if (!image)
        throw new Failure('load', `${reference} cannot be loaded: the container engine does not have it`);
      const layers = await this.#images.layers(reference, task.signal);
      for (const node of request.nodes) {
        const had = before.some((entry) => entry.reference === reference && entry.node === node);
        this.#nodes.set(`${node} ${reference}`, image.id);
        const of = { reference, node, imageBytes: image.sizeBytes };
        if (had) reports.push({ ...of, outcome: 'present', sentBytes: 0 });
        else reports.push({ ...of, outcome: 'loaded', ...this.#send(node, layers) });
      }
    }
    const done = reports.reduce((sum, { sentBytes }) => sum + sentBytes, 0);
    task.report({ text: 'sending images', done, total: done, unit: 'bytes' });
    task.report({ text: 'checking the nodes' });
    return reports;
  }

  /** Some bytes go in any case, as with real images: their configs. */
  #send(node: string, layers: readonly ImageLayer[]): Pick<LoadReport, 'sentBytes' | 'layers'> {
    let [sentBytes, sent] = [500, 0];
    for (const [index, { sizeBytes }] of layers.entries()) {
      const stack = layers.slice(0, index + 1).map(({ diffId }) => diffId);
      const key = `${node} ${stack.join(' ')}`;
      if (this.#layers.has(key)) continue;
      this.#layers.add(key);
      sentBytes += sizeBytes;
      sent += 1;
    }
    return { sentBytes, layers: { sent, total: layers.length } };
  }
}
