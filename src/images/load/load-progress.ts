// How far a load is, over all its nodes.

import type { Task } from '../../task.ts';
import type { WantedImage } from './load-problem.ts';

const REPORT_EVERY_BYTES = 2e6;

interface Stream {
  bytes: number;
  totalBytes: number;
}

export class LoadProgress {
  readonly #task: Task;
  readonly #text: string;
  readonly #streams = new Map<string, Stream>();
  #reportedBytes = 0;

  constructor(task: Task, wanted: readonly WantedImage[], nodes: readonly string[]) {
    this.#task = task;
    const what = wanted.length === 1 ? wanted[0]!.reference : `${wanted.length} images`;
    this.#text = `sending ${what} to ${nodes.length === 1 ? nodes[0]! : `${nodes.length} nodes`}`;
  }

  /** What a delivery to this node calls. */
  of(node: string): { onStart: (totalBytes: number) => void; onBytes: (bytes: number) => void } {
    return {
      onStart: (totalBytes) => {
        this.#streams.set(node, { bytes: 0, totalBytes });
        this.#report();
      },
      onBytes: (bytes) => this.#count(node, bytes),
    };
  }

  /** The same for images that are sent as they are, to several nodes in step. */
  ofWhole(images: readonly WantedImage[], nodes: number): (bytes: number) => void {
    const key = images.map(({ reference }) => reference).join(' ');
    const totalBytes = nodes * images.reduce((sum, { image }) => sum + image.sizeBytes, 0);
    this.#streams.set(key, { bytes: 0, totalBytes });
    this.#report();
    return (bytes) => this.#count(key, bytes);
  }

  #count(key: string, bytes: number): void {
    this.#streams.get(key)!.bytes = bytes;
    if (this.#sum('bytes') - this.#reportedBytes >= REPORT_EVERY_BYTES) this.#report();
  }

  #report(): void {
    const done = (this.#reportedBytes = this.#sum('bytes'));
    // A tar adds a little to what it holds.
    const total = Math.max(done, this.#sum('totalBytes'));
    this.#task.report({ text: this.#text, done, total, unit: 'bytes' });
  }

  #sum(what: keyof Stream): number {
    return [...this.#streams.values()].reduce((sum, stream) => sum + stream[what], 0);
  }
}
