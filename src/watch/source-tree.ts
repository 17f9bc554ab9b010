// Port: tells that something may have changed in the folders that matter.

import type { WatchRoot } from './watch-root.ts';

/**
 * Never a fact, only a reason to look again: what changed is decided by fingerprints. A hint may come for nothing,
 * late or twice, and in spite of all care not at all; a sweep finds what no hint announced.
 */
export type Hint =
  /** At this path (absolute) below a root. */
  | { readonly kind: 'changed'; readonly root: string; readonly path: string }
  /** Events were lost: anything may have changed. */
  | { readonly kind: 'lost'; readonly reason: string }
  /** Events cannot be had (any more): from now on the tree is looked through at intervals. */
  | { readonly kind: 'polling'; readonly reason: string; readonly remedy: string };

export interface SourceTree extends AsyncDisposable {
  /**
   * Resolves when every change that comes later below these roots will be told. Called again, it follows those
   * roots in the place of the former ones. Rejects when the signal aborts.
   */
  follow(roots: readonly WatchRoot[], signal: AbortSignal): Promise<void>;
}

/** What a source tree is made with. Never throws, never waits. */
export type OnHint = (hint: Hint) => void;
