// A SourceTree that is told what happens, and may be told to keep it to itself.

import type { OnHint, SourceTree } from '../../src/watch/source-tree.ts';
import { RootIndex, type WatchRoot } from '../../src/watch/watch-root.ts';

export class FakeSourceTree implements SourceTree {
  readonly #onHint: OnHint;
  #index = new RootIndex([]);
  #isClosed = false;
  /** While true nothing is told, as by a file system without events. */
  isSilent = false;
  /** How often it was told what to follow. */
  follows = 0;

  constructor(onHint: OnHint) {
    this.#onHint = onHint;
  }

  async follow(roots: readonly WatchRoot[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.follows++;
    this.#index = new RootIndex(roots);
  }

  /** Something happened at this path. */
  touch(path: string): void {
    if (this.#isClosed || this.isSilent) return;
    for (const root of this.#index.rootsOf(path)) this.#onHint({ kind: 'changed', root, path });
  }

  lose(reason: string): void {
    if (!this.#isClosed) this.#onHint({ kind: 'lost', reason });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
  }
}
