// Brings a release back to its image alone.

import type { ClusterApi } from '../kubernetes/client/cluster-api.ts';
import { findSyncedReleases, recordOf, type ReleaseName } from './synced-releases.ts';
import type { Task } from '../task.ts';
import { type RestartRequest, restartRelease } from '../kubernetes/restart-release.ts';

/** Replaces pods that run files beside their image; resolves when the new ones are ready, or there was nothing to do. */
export async function dropSyncedFiles(request: Omit<RestartRequest, 'at'>, task: Task): Promise<void> {
  // First: a new pod would begin with them.
  if (!(await forgetSyncedFiles(request.api, request.stored, task.signal))) return;
  task.report({ text: 'replacing pods that run synced files' });
  await restartRelease({ ...request, at: new Date().toISOString() }, task);
}

/** Pods that come from now on run their image alone. Resolves false where nothing was synced. */
export async function forgetSyncedFiles(
  api: ClusterApi,
  release: ReleaseName,
  signal: AbortSignal,
): Promise<boolean> {
  const synced = await findSyncedReleases(api, signal);
  return synced.has(`${release.namespace}/${release.name}`) && api.delete(recordOf(release), signal);
}
