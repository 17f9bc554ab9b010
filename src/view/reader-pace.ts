// Whether the reader of a stream keeps up: what has a source that can wait (logs) is read no faster than it is taken.

import type { Writable } from 'node:stream';

export class ReaderPace {
  readonly #stream: Writable;
  readonly #signal: AbortSignal;
  #waiting: Promise<void> | undefined;

  /** @param signal ends every wait */
  constructor(stream: Writable, signal: AbortSignal) {
    this.#stream = stream;
    this.#signal = signal;
  }

  /** Undefined while the reader keeps up; else resolves when it has taken what is held for it, or will take no more. */
  readonly caughtUp = (): Promise<void> | undefined => {
    if (!this.#stream.writableNeedDrain || this.#signal.aborted) return undefined;
    return (this.#waiting ??= this.#wait());
  };

  #wait(): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        for (const name of ENDS) this.#stream.off(name, done);
        this.#signal.removeEventListener('abort', done);
        this.#waiting = undefined;
        resolve();
      };
      for (const name of ENDS) this.#stream.on(name, done);
      this.#signal.addEventListener('abort', done, { once: true });
    });
  }
}

const ENDS = ['drain', 'close', 'error'] as const;
