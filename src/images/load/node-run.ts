// Pure: what is known of one node during a load, and what was sent to it.

import type { Delivered } from './deliver-images.ts';
import type { LoadReport } from './image-loader.ts';
import type { TransferResult } from './image-transfer.ts';
import { lackingOf, problemOf, type LoadProblem, type WantedImage } from './load-problem.ts';
import type { NodeState } from './node-images.ts';

interface Sent {
  bytes: number;
  layers: { readonly sent: number; readonly total: number } | undefined;
}

export class NodeRun {
  readonly node: string;
  readonly errors: { readonly node: string; readonly error: unknown }[] = [];
  /** What was asked for when the node was last seen, and what of it the node lacks. */
  wanted: readonly WantedImage[] = [];
  lacking: readonly WantedImage[] = [];
  #state: NodeState | undefined;
  /** By reference; what was there from the beginning is not in it. */
  readonly #sent = new Map<string, Sent>();

  constructor(node: string) {
    this.node = node;
  }

  get isKnown(): boolean {
    return this.#state !== undefined;
  }

  get state(): NodeState {
    if (!this.#state) throw new Error(`${this.node} was not asked`);
    return this.#state;
  }

  see(state: NodeState, wanted: readonly WantedImage[]): void {
    this.#state = state;
    this.wanted = wanted;
    this.lacking = lackingOf(wanted, state);
  }

  take({ state, sent, error }: Delivered, wanted: readonly WantedImage[]): void {
    for (const { reference, sentBytes, layers } of sent) {
      const before = this.#sent.get(reference)?.bytes ?? 0;
      this.#sent.set(reference, { bytes: before + sentBytes, layers });
    }
    if (error !== undefined) this.errors.push({ node: this.node, error });
    this.see(state, wanted);
  }

  /** The images that it lacks were sent in one stream, what they share once: it is divided by their sizes. */
  takeWhole({ sentBytes, error }: TransferResult): void {
    if (error !== undefined) this.errors.push({ node: this.node, error });
    const totalBytes = this.lacking.reduce((sum, { image }) => sum + image.sizeBytes, 0);
    for (const { reference, image } of this.lacking) {
      const share = totalBytes === 0 ? 1 / this.lacking.length : image.sizeBytes / totalBytes;
      const before = this.#sent.get(reference)?.bytes ?? 0;
      this.#sent.set(reference, { bytes: before + Math.round(sentBytes * share), layers: undefined });
    }
  }

  problems(wanted: readonly WantedImage[]): LoadProblem[] {
    return wanted.flatMap((entry) => {
      const problem = problemOf(entry, this.state);
      return problem === undefined ? [] : [{ node: this.node, reference: entry.reference, problem }];
    });
  }

  reportOf({ reference, image }: WantedImage): LoadReport {
    const sent = this.#sent.get(reference);
    const of = { reference, node: this.node, imageBytes: image.sizeBytes };
    if (!sent) return { ...of, outcome: 'present', sentBytes: 0 };
    return { ...of, outcome: 'loaded', sentBytes: sent.bytes, layers: sent.layers };
  }
}
