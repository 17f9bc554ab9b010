// Pure: when enough of a change has come to look at it.

export interface CoalesceTiming {
  /** After a single save: how long nothing more may come. */
  readonly restMs: number;
  /** The same after many files, which a checkout or a formatter writes one after another. */
  readonly bulkRestMs: number;
  /** From so many paths on it counts as many. */
  readonly bulkFrom: number;
  /** A change that never rests is looked at after this. */
  readonly maxDelayMs: number;
}

/**
 * Chosen by measuring: an editor's save is over within 10 ms, and between two files of a checkout the longest
 * silence seen on two busy cores was 120 ms.
 */
export const DEFAULT_TIMING: CoalesceTiming = {
  restMs: 50,
  bulkRestMs: 400,
  bulkFrom: 8,
  maxDelayMs: 5_000,
};

/** More paths than this are counted and not kept. */
const KEPT_PATHS = 1_000;

/** What has come since the last look, for one service. */
export interface Batch {
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  readonly paths: ReadonlySet<string>;
}

/** The batch with one hint more; `path` is undefined when it is not known what changed. */
export function addHint(batch: Batch | undefined, path: string | undefined, nowMs: number): Batch {
  const paths = (batch?.paths ?? new Set()) as Set<string>;
  // In place: a storm brings thousands, and nobody else holds the set.
  if (path !== undefined && paths.size < KEPT_PATHS) paths.add(path);
  return { firstAtMs: batch?.firstAtMs ?? nowMs, lastAtMs: nowMs, paths };
}

/** Both, as if nothing had been done between them. */
export function joinBatches(earlier: Batch, later: Batch): Batch {
  return {
    firstAtMs: Math.min(earlier.firstAtMs, later.firstAtMs),
    lastAtMs: Math.max(earlier.lastAtMs, later.lastAtMs),
    paths: new Set([...earlier.paths, ...later.paths]),
  };
}

/** When it has rested, or waited, long enough. */
export function dueAtMs({ firstAtMs, lastAtMs, paths }: Batch, timing: CoalesceTiming): number {
  const restMs = paths.size >= timing.bulkFrom ? timing.bulkRestMs : timing.restMs;
  return Math.min(lastAtMs + restMs, firstAtMs + timing.maxDelayMs);
}
