// Time that stands still until it is moved.

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../src/watch/clock.ts';

export class FakeClock implements Clock {
  #nowMs = 0;
  readonly #calls = new Set<{ readonly atMs: number; readonly call: () => void }>();

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, call: () => void): () => void {
    const entry = { atMs: this.#nowMs + Math.max(0, delayMs), call };
    this.#calls.add(entry);
    return () => void this.#calls.delete(entry);
  }

  /** Goes so far, stopping at each call that is due on the way and letting all that follows from it happen. */
  async advance(ms: number): Promise<void> {
    const end = this.#nowMs + ms;
    for (;;) {
      await settled();
      const next = [...this.#calls].sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined || next.atMs > end) break;
      this.#nowMs = next.atMs;
      this.#calls.delete(next);
      next.call();
    }
    this.#nowMs = end;
    await settled();
  }
}

/** Promises that wait for nothing but one another have come to rest. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await nextTurn();
}
