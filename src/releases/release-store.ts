// Port: helm releases of one cluster.

import type { ClusterObject } from '../kubernetes/client/cluster-api.ts';

export interface ReleaseSpec {
  readonly name: string;
  readonly namespace: string;
  /** Absolute path of the chart folder. */
  readonly chart: string;
  /** Merged values; they reach helm by standard input, never by argv. */
  readonly values: Readonly<Record<string, unknown>>;
}

/** helm's own words for a release. */
export type ReleaseStatus =
  | 'deployed'
  | 'failed'
  | 'pending-install'
  | 'pending-upgrade'
  | 'pending-rollback'
  | 'uninstalling'
  | 'superseded'
  | 'unknown';

export interface StoredRelease {
  readonly name: string;
  readonly namespace: string;
  readonly revision: number;
  readonly status: ReleaseStatus;
  /** Labels that we put on the release (helm keeps them on its Secret). */
  readonly labels: Readonly<Record<string, string>>;
  /** What this revision put into the cluster, as YAML text; absent where it was not read or is not readable. */
  readonly manifest?: string;
  /** Its hooks, as YAML text each; absent where there are none, or where they were not read. */
  readonly hooks?: readonly string[];
  /** Why what this revision holds cannot be read, where it was read: 'its data is no gzip'. */
  readonly unreadable?: string;
  /** Outlines of the manifest's objects, where they are known without it; see outlineOf. */
  readonly declared?: readonly ClusterObject[];
}

export interface ApplyOptions {
  /** For the release; see StoredRelease. */
  readonly labels: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Told why a release had to be repaired before it was changed. */
  readonly onRepair?: ((reason: string) => void) | undefined;
  /**
   * False where the cluster has accepted the same objects with other images: helm then does without the
   * cluster's OpenAPI description, which takes half of its time (500 ms with it, 240 ms without).
   */
  readonly validates?: boolean | undefined;
  /** Hooks may take so long; 5 min if absent. */
  readonly hooksWithinMs?: number | undefined;
  /** Ends it also where changes of the cluster are not broken off otherwise. */
  readonly giveUp?: AbortSignal | undefined;
  /** What can be prepared is; nothing is changed before this resolves, and nothing at all where it rejects. */
  readonly after?: Promise<void> | undefined;
}

export interface ReleaseStore {
  /** The latest revision of every release in the cluster. */
  list(signal: AbortSignal): Promise<StoredRelease[]>;
  /** helm lint; rejects with Failure 'chart' that holds every message. */
  lint(spec: ReleaseSpec, signal: AbortSignal): Promise<void>;
  /**
   * helm template: the manifest as YAML text, for the cluster where one answers: its version, what it serves, and what
   * the chart looks up. Values that break the chart's schema are Failure 'chart'.
   */
  render(spec: ReleaseSpec, signal: AbortSignal): Promise<string>;
  /**
   * helm upgrade --install without waiting; the labels, and the one that says it is ours, go onto the release, and the
   * manifest that helm stored comes back. A release stuck in pending-* or uninstalling is repaired first, one that never
   * worked is installed anew, a damaged record is given up, and objects that nobody can change are replaced where nothing
   * is lost by it. One that is not ours is Failure 'ownership'.
   */
  apply(spec: ReleaseSpec, options: ApplyOptions): Promise<StoredRelease>;
  /**
   * helm rollback without waiting: what that revision put into the cluster becomes a new revision, under its labels.
   * A release that is not ours is Failure 'ownership', a revision that is gone is Failure 'release'.
   */
  rollback(
    release: { name: string; namespace: string },
    options: { toRevision: number; signal: AbortSignal },
  ): Promise<StoredRelease>;
  /** Gives it other labels of ours, all its revisions, and changes nothing else. */
  relabel(
    release: { name: string; namespace: string },
    labels: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<void>;
  /** helm uninstall --wait; resolves true if it was there. One that is not ours is Failure 'ownership'. */
  uninstall(release: { name: string; namespace: string }, signal: AbortSignal): Promise<boolean>;
}
