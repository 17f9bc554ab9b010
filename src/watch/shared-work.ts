// Work that several runs want at the same time is done once: an image of two services, a namespace of five.

import type { Progress, Task } from '../task.ts';

interface Shared {
  readonly result: Promise<unknown>;
  readonly abort: AbortController;
  readonly listeners: Set<(progress: Progress) => void>;
}

export class SharedWork {
  readonly #going = new Map<string, Shared>();

  /** The work of this name, begun now or before. It is stopped only when nobody wants it any more. */
  async do<T>(name: string, task: Task, work: (task: Task) => Promise<T>): Promise<T> {
    task.signal.throwIfAborted();
    const shared = this.#going.get(name) ?? this.#begin(name, work as (task: Task) => Promise<unknown>);
    const { promise: left, reject: leave } = Promise.withResolvers<never>();
    const listener = (progress: Progress): void => task.report(progress);
    const stop = (): void => leave(task.signal.reason as Error);
    shared.listeners.add(listener);
    task.signal.addEventListener('abort', stop, { once: true });
    try {
      return (await Promise.race([shared.result, left])) as T;
    } catch (error) {
      shared.listeners.delete(listener);
      if (shared.listeners.size === 0) {
        // Whoever comes from now on begins anew.
        if (this.#going.get(name) === shared) this.#going.delete(name);
        shared.abort.abort(task.signal.reason);
        // What it made half is put away before its run counts as ended.
        await shared.result.catch(() => undefined);
      }
      throw error;
    } finally {
      task.signal.removeEventListener('abort', stop);
    }
  }

  #begin(name: string, work: (task: Task) => Promise<unknown>): Shared {
    const abort = new AbortController();
    const listeners = new Set<(progress: Progress) => void>();
    const report = (progress: Progress): void => listeners.forEach((listener) => listener(progress));
    const result = work({ signal: abort.signal, report });
    const shared: Shared = { result, abort, listeners };
    this.#going.set(name, shared);
    const end = (): void => {
      if (this.#going.get(name) === shared) this.#going.delete(name);
    };
    result.then(end, end);
    return shared;
  }
}
