// Puts the last version that was ready back in the place of one that does not get ready.

import { Failure } from '../failure.ts';
import type { StoredRelease } from '../releases/release-store.ts';
import type { ClusterApi } from '../kubernetes/client/cluster-api.ts';
import { freeStuckSets } from '../kubernetes/free-stuck-sets.ts';
import { parseManifest } from '../kubernetes/parse-manifest.ts';
import { type ReleaseWait, waitForRelease } from '../kubernetes/readiness/wait-for-release.ts';
import type { ReleaseStore } from '../releases/release-store.ts';
import { watchingHooks } from '../releases/hook-watch.ts';
import type { Task } from '../task.ts';

export interface RollBackRequest extends Pick<ReleaseWait, 'deadlineMs' | 'failFast'> {
  readonly releases: ReleaseStore;
  readonly api: ClusterApi;
  readonly release: { readonly name: string; readonly namespace: string };
  readonly toRevision: number;
}

export interface RollBackAfterRequest extends RollBackRequest {
  /** Of the images of that revision, for people. */
  readonly tags: readonly string[];
  /** Because of which. */
  readonly failure: Failure;
}

export interface WentBack {
  /** The one because of which; with what became of the going back where that failed, too. */
  readonly failure: Failure;
  /** 'revision 3, sha-1': what serves now; undefined when it could not be put back. */
  readonly to?: string | undefined;
  readonly stored?: StoredRelease | undefined;
}

/** As rollBack, but a failure of it is told beside the one that it follows. Rejects only for a bug. */
export async function rollBackAfter(
  request: RollBackAfterRequest,
  { signal, report }: Task,
): Promise<WentBack> {
  const { failure, toRevision, tags } = request;
  const to = [`revision ${toRevision}`, ...tags].join(', ');
  try {
    const stored = await rollBack(request, {
      signal,
      report: ({ text }) => report({ text: `going back to ${to}: ${text}` }),
    });
    return { failure, to, stored };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { code, message, hint, details } = failure;
    const also = `going back to ${to} did not work either: ${error.message}`;
    const told = [...details, also, ...error.details];
    return { failure: new Failure(code, message, { hint, cause: error, details: told }) };
  }
}

/** Resolves with the new revision when it is ready. */
export async function rollBack(request: RollBackRequest, task: Task): Promise<StoredRelease> {
  const { releases, api, release, toRevision, deadlineMs, failFast } = request;
  const { namespace } = release;
  const stored = await watchingHooks(
    { api, release, doing: 'helm rollback', failFast },
    (giveUp) => {
      const signal = AbortSignal.any([task.signal, giveUp]);
      return releases.rollback(release, { toRevision, signal });
    },
    task,
  );
  const manifest = parseManifest(stored.manifest ?? '', namespace);
  await freeStuckSets({ api, manifest, note: () => undefined }, task);
  await waitForRelease({ api, manifest, namespace, deadlineMs, failFast }, task);
  return stored;
}
