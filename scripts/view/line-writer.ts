// Writes whole lines to a stream that may go away: a reader that closes the pipe ends the output, not the run.

import type { Writable } from 'node:stream';

export class LineWriter {
  readonly #stream: Writable;
  #isGone = false;
  readonly #onError = (): void => {
    this.#isGone = true;
  };

  constructor(stream: Writable) {
    this.#stream = stream;
    stream.on('error', this.#onError);
  }

  write(line: string): void {
    if (!this.#isGone && this.#stream.writable) this.#stream.write(`${line}\n`);
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
