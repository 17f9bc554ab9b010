// The last writer before a stream: whole lines, without what a terminal would act on. A reader that closes the pipe ends
// the output, not the run.

import type { Writable } from 'node:stream';
import { printable, type PrintableOptions } from './printable.ts';

export class LineWriter {
  readonly #stream: Writable;
  #isGone = false;
  readonly #onError = (): void => {
    this.#isGone = true;
  };

  readonly #options: PrintableOptions;

  constructor(stream: Writable, options: PrintableOptions = {}) {
    this.#stream = stream;
    this.#options = options;
    stream.on('error', this.#onError);
  }

  write(line: string): void {
    if (!this.#isGone && this.#stream.writable) this.#stream.write(`${printable(line, this.#options)}\n`);
  }

  /** Resolves when everything has left the process. The stream stays open: it is not ours. */
  async close(): Promise<void> {
    if (!this.#isGone && this.#stream.writable) {
      await new Promise<void>((resolve) => {
        this.#stream.write('', () => resolve());
      });
    }
    this.#stream.off('error', this.#onError);
    if (this.#isGone) this.#stream.on('error', () => undefined);
  }
}
