// Port: the pods of a namespace, as they come, change and go.

import type { ClusterObject } from './cluster-api.ts';

export interface PodFeed {
  /**
   * Yields all pods of the namespace at first and after each change. What breaks is taken up again; ends when the
   * signal aborts.
   */
  follow(namespace: string, signal: AbortSignal): AsyncIterable<readonly ClusterObject[]>;
}
