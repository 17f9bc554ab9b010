// Pure: the disk ledger's entries, and what may go of them.

export type LedgerKind = 'image' | 'stage' | 'artifact' | 'leftover' | 'state' | 'volume';

/** Something that is on this machine because of Slipway. */
export interface LedgerEntry {
  readonly kind: LedgerKind;
  /** An image reference or id, an absolute path, or the name of a volume. */
  readonly id: string;
  /** What its removal frees at most: layers that others share are not counted. */
  readonly sizeBytes: number;
  /** When it was made or last used, as far as that is known: milliseconds since 1970. */
  readonly usedAtMs: number;
  /** Things of one group take each other's place: versions of one image, of one artifact. */
  readonly group?: string | undefined;
  /** The cluster that it belongs to; absent for what environments share. */
  readonly cluster?: string | undefined;
  /** Why it stays whatever its age. */
  readonly heldBy?: string | undefined;
}

export interface PruneRules {
  readonly nowMs: number;
  readonly olderThanMs: number;
  /** Clusters that are on this machine, running or not. */
  readonly clusters: ReadonlySet<string>;
}

export interface PruneVerdict {
  readonly entry: LedgerEntry;
  readonly verdict: 'remove' | 'keep';
  readonly reason: string;
}

const DAY_MS = 86_400_000;

/** Environments that share a cluster have folders and images as `<cluster>` and `<cluster>.<environment>`. */
export function clusterOf(scope: string): string {
  return scope.split('.')[0]!;
}

/**
 * What is held stays; of a group, the newest stays as long as the cluster that it belongs to is there, and where it
 * belongs to all, as long as any is; of the rest goes what is older than the limit.
 */
export function planPrune(entries: readonly LedgerEntry[], rules: PruneRules): PruneVerdict[] {
  const newest = new Map<string, LedgerEntry>();
  for (const entry of entries) {
    const key = groupKey(entry);
    if (key !== undefined && entry.usedAtMs > (newest.get(key)?.usedAtMs ?? -Infinity))
      newest.set(key, entry);
  }
  return entries.map((entry): PruneVerdict => {
    const keep = (reason: string): PruneVerdict => ({ entry, verdict: 'keep', reason });
    if (entry.heldBy !== undefined) return keep(entry.heldBy);
    const key = groupKey(entry);
    const lives =
      entry.cluster === undefined ? rules.clusters.size > 0 : rules.clusters.has(clusterOf(entry.cluster));
    if (lives && key !== undefined && newest.get(key) === entry)
      return keep(
        entry.cluster === undefined ? 'the newest, and environments live' : `${entry.cluster} lives`,
      );
    const ageMs = rules.nowMs - entry.usedAtMs;
    const age = `${Math.floor(ageMs / DAY_MS)} days old`;
    return ageMs > rules.olderThanMs ? { entry, verdict: 'remove', reason: age } : keep(age);
  });
}

function groupKey({ kind, group, cluster }: LedgerEntry): string | undefined {
  return group === undefined ? undefined : JSON.stringify([kind, cluster, group]);
}
