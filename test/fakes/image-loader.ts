// An ImageLoader in memory: it remembers which node has which image of the store's.

import { Failure } from '../../scripts/failure.ts';
import type { ImageLoader, LoadReport, LoadRequest } from '../../scripts/image/image-loader.ts';
import type { ImageStore } from '../../scripts/image/image-store.ts';
import type { Task } from '../../scripts/task.ts';

export class FakeImageLoader implements ImageLoader {
  /** Every load that was asked for. */
  readonly loads: LoadRequest[] = [];
  readonly #images: ImageStore;
  /** '<node> <reference>' to the id that the node has. */
  readonly #nodes = new Map<string, string>();
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
      for (const node of request.nodes) {
        const had = before.some((entry) => entry.reference === reference && entry.node === node);
        this.#nodes.set(`${node} ${reference}`, image.id);
        const outcome = had ? 'present' : 'loaded';
        reports.push({ reference, node, outcome, sentBytes: had ? 0 : image.sizeBytes });
      }
    }
    task.report({ text: 'checking the nodes' });
    return reports;
  }
}
