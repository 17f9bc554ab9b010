// Looks at the pods of some namespaces again and again.

import { Failure } from '../../failure.ts';
import { ApiStatus } from '../client/api-status.ts';
import type { ClusterApi, ClusterObject } from '../client/cluster-api.ts';

export interface PodLook {
  readonly api: Pick<ClusterApi, 'list'>;
  /** Asked at each look. */
  readonly namespaces: () => readonly string[];
  readonly everyMs: number;
  readonly onLook: (pods: readonly ClusterObject[]) => Promise<void> | void;
  /** The cluster does not answer. */
  readonly onLost: (failure: Failure) => void;
  /** This user may not see the pods of a namespace: told at each look, which goes on without it. */
  readonly onForbidden?: (namespace: string) => void;
}

/** Resolves when the signal aborts; rejects only for a bug. */
export async function lookAtPods(look: PodLook, signal: AbortSignal): Promise<void> {
  const { api, namespaces, everyMs, onLook, onLost, onForbidden = () => undefined } = look;
  while (!signal.aborted) {
    try {
      await onLook(await podsIn(api, namespaces(), onForbidden, signal));
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof Failure)) throw error;
      onLost(error);
    }
    await pauseUntil(everyMs, signal);
  }
}

/** The pods of all these namespaces that this user may see. */
export async function podsIn(
  api: Pick<ClusterApi, 'list'>,
  namespaces: readonly string[],
  onForbidden: (namespace: string) => void,
  signal: AbortSignal,
): Promise<ClusterObject[]> {
  const lists = await Promise.all(
    namespaces.map(async (namespace) => {
      try {
        return await api.list({ apiVersion: 'v1', kind: 'Pod', namespace }, signal);
      } catch (error) {
        const cause = error instanceof Failure ? error.cause : undefined;
        if (!(cause instanceof ApiStatus) || cause.status !== 403) throw error;
        onForbidden(namespace);
        return [];
      }
    }),
  );
  return lists.flat();
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
