// Looks at the pods of some namespaces again and again.

import { Failure } from '../failure.ts';
import type { ClusterApi, ClusterObject } from './cluster-api.ts';

export interface PodLook {
  readonly api: Pick<ClusterApi, 'list'>;
  /** Asked at each look. */
  readonly namespaces: () => readonly string[];
  readonly everyMs: number;
  readonly onLook: (pods: readonly ClusterObject[]) => Promise<void> | void;
  /** The cluster does not answer. */
  readonly onLost: (failure: Failure) => void;
}

/** Resolves when the signal aborts; rejects only for a bug. */
export async function lookAtPods(look: PodLook, signal: AbortSignal): Promise<void> {
  const { api, namespaces, everyMs, onLook, onLost } = look;
  while (!signal.aborted) {
    try {
      const lists = await Promise.all(
        namespaces().map((namespace) => api.list({ apiVersion: 'v1', kind: 'Pod', namespace }, signal)),
      );
      await onLook(lists.flat());
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof Failure)) throw error;
      onLost(error);
    }
    await pauseUntil(everyMs, signal);
  }
}

function pauseUntil(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}
