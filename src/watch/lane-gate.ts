// Limits how many steps of a lane run at once, over all runs together: each service has a run of its own.

import type { Lane } from '../plan/step.ts';

export class LaneGate {
  readonly #limits: Readonly<Record<Lane, number>>;
  readonly #used: Record<Lane, number> = { compile: 0, build: 0, transfer: 0, cluster: 0 };
  readonly #waiting: { readonly lane: Lane; readonly enter: () => void }[] = [];

  constructor(limits: Readonly<Record<Lane, number>>) {
    this.#limits = limits;
  }

  /** Does the work when there is room in the lane. `onWait` is called when there is none. */
  async during<T>(
    lane: Lane,
    { signal, onWait }: { readonly signal: AbortSignal; readonly onWait: () => void },
    work: () => Promise<T>,
  ): Promise<T> {
    signal.throwIfAborted();
    if (this.#used[lane] < this.#limits[lane]) this.#used[lane]++;
    else {
      onWait();
      await this.#turn(lane, signal);
    }
    try {
      return await work();
    } finally {
      this.#leave(lane);
    }
  }

  /** Resolves when a place was left to this one. */
  async #turn(lane: Lane, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const entry = { lane, enter: resolve };
    const stop = (): void => {
      const index = this.#waiting.indexOf(entry);
      // Otherwise it was let in a moment before, and leaves as everybody does.
      if (index < 0) return;
      this.#waiting.splice(index, 1);
      reject(signal.reason as Error);
    };
    this.#waiting.push(entry);
    signal.addEventListener('abort', stop, { once: true });
    try {
      await promise;
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  #leave(lane: Lane): void {
    const index = this.#waiting.findIndex((entry) => entry.lane === lane);
    const [next] = index < 0 ? [] : this.#waiting.splice(index, 1);
    if (next) next.enter();
    else this.#used[lane]--;
  }
}

/** For plans of runs that share a gate. */
export const NO_LIMITS: Readonly<Record<Lane, number>> = {
  compile: 99,
  build: 99,
  transfer: 99,
  cluster: 99,
};
