// Replaces the pods of a release, a few at a time as its strategy says, although nothing about them has changed.

import type { StoredRelease } from '../releases/release-store.ts';
import { annotateWorkload, RESTARTABLE } from './annotate-workload.ts';
import type { ClusterApi } from './client/cluster-api.ts';
import { parseManifest } from './parse-manifest.ts';
import { type ReleaseWait, waitForRelease } from './readiness/wait-for-release.ts';
import type { Task } from '../task.ts';

/** On the template of pods: another value makes new pods, as `kubectl rollout restart` does it. */
const RESTARTED_AT = 'slipway.dev/restarted-at';

export interface RestartRequest extends Pick<ReleaseWait, 'deadlineMs' | 'failFast'> {
  readonly api: ClusterApi;
  readonly stored: StoredRelease;
  /** ISO 8601. */
  readonly at: string;
}

/** Resolves when the new pods are ready; rejects as waitForRelease does. */
export async function restartRelease(request: RestartRequest, task: Task): Promise<void> {
  const { api, stored, at, deadlineMs, failFast } = request;
  const { namespace } = stored;
  const manifest = parseManifest(stored.manifest ?? '', namespace);
  for (const { apiVersion, kind, metadata } of manifest) {
    if (!RESTARTABLE.includes(kind)) continue;
    const { name, namespace: own } = metadata;
    const live = await api.get({ apiVersion, kind, name, namespace: own }, task.signal);
    if (live !== undefined)
      await annotateWorkload(api, live, { ofPods: { [RESTARTED_AT]: at } }, task.signal);
  }
  await waitForRelease({ api, manifest, namespace, deadlineMs, failFast }, task);
}
