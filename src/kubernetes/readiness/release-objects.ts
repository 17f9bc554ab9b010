// Pure: the objects that a verdict on a release is made from.
import type { ClusterObject } from '../client/cluster-api.ts';

export interface ReleaseObjects {
  /** The release's objects as they are declared, with their namespaces filled in. */
  readonly declared: readonly ClusterObject[];
  /** What the cluster holds of it: those objects, and their replica sets, pods, endpoint slices, events. */
  readonly live: readonly ClusterObject[];
  /** Now, in milliseconds since 1970. */
  readonly nowMs: number;
}
