// Port: what the watch loop looks at and works on.

import type { Failure } from '../failure.ts';
import type { WatchRoot } from './watch-root.ts';

/** What is wanted, at one look. */
export interface Scene {
  /** By service, the fingerprint of everything that it is made of. */
  readonly wanted: ReadonlyMap<string, string>;
  /** By service, those that have to have been up before it is touched. */
  readonly needs: ReadonlyMap<string, readonly string[]>;
  readonly roots: readonly WatchRoot[];
  /** By id of a root, the services that a change below it can reach. */
  readonly reach: ReadonlyMap<string, readonly string[]>;
}

/** How a run for one service ended. `served` is the fingerprint that the cluster has after it, ready, if any. */
export type RunEnd =
  | { readonly name: 'served'; readonly report: RunReport }
  | {
      readonly name: 'failed';
      readonly served: string | undefined;
      readonly failure: Failure;
      readonly report: RunReport;
    }
  | { readonly name: 'cancelled'; readonly served: string | undefined; readonly report: RunReport }
  /** The sources changed while they were read: what was made of them counts for nothing. */
  | { readonly name: 'stale'; readonly served: string | undefined; readonly report: RunReport };

/** Of a run, for people. Durations in milliseconds; absent: not done. */
export interface RunReport {
  readonly buildMs?: number | undefined;
  readonly loadMs?: number | undefined;
  readonly deployMs?: number | undefined;
  /** 'image sha-1 → sha-2', 'chart or values'. */
  readonly what: string;
  /** Set when the version before was put back: what serves now. */
  readonly rolledBackTo?: string | undefined;
}

export interface WatchWorld<S extends Scene> {
  /** Nothing that was read below this root (below any, when undefined) may be believed any more. Never waits. */
  forget(root: string | undefined): void;
  /** Reads what is wanted; what was not forgotten need not be read again. */
  look(signal: AbortSignal): Promise<S>;
  /** Brings one service to what the scene says. Rejects only for a bug. */
  redeploy(service: string, scene: S, signal: AbortSignal): Promise<RunEnd>;
}
