// The last writer before a stream: whole lines, without what a terminal would act on. A reader that closes the pipe ends
// the output, not the run; for one that stalls a bounded amount is held, and it is told how many lines it has missed.

import type { Writable } from 'node:stream';
import { printable, type PrintableOptions } from './printable.ts';

/** More than that is not held for a reader that does not read. */
const MOST_HELD_BYTES = 1024 * 1024;

export interface LineWriterOptions extends PrintableOptions {
  /** The line that says so. */
  readonly missed?: (count: number) => string;
}

export class LineWriter {
  readonly #stream: Writable;
  #missed = 0;
  #isGone = false;
  readonly #onError = (): void => {
    this.#isGone = true;
  };

  readonly #options: LineWriterOptions;
  readonly #onDrain = (): void => this.#tellMissed();

  constructor(stream: Writable, options: LineWriterOptions = {}) {
    this.#stream = stream;
    this.#options = options;
    stream.on('error', this.#onError);
    stream.on('drain', this.#onDrain);
  }

  write(line: string): void {
    if (this.#isGone || !this.#stream.writable) return;
    if (this.#stream.writableLength > MOST_HELD_BYTES) {
      this.#missed += 1;
      return;
    }
    this.#tellMissed();
    this.#stream.write(`${printable(line, this.#options)}\n`);
  }

  /** Resolves when everything has left the process. The stream stays open: it is not ours. */
  async close(): Promise<void> {
    this.#tellMissed();
    if (!this.#isGone && this.#stream.writable) {
      await new Promise<void>((resolve) => {
        this.#stream.write('', () => resolve());
      });
    }
    this.#stream.off('drain', this.#onDrain);
    this.#stream.off('error', this.#onError);
    if (this.#isGone) this.#stream.on('error', () => undefined);
  }

  #tellMissed(): void {
    const count = this.#missed;
    this.#missed = 0;
    const { missed = (lines: number) => `… ${lines} lines are missing here: they were not read in time` } =
      this.#options;
    if (count > 0 && !this.#isGone && this.#stream.writable) this.#stream.write(`${missed(count)}\n`);
  }
}
