// Finds and mends the pods of a release that came up without the Dapr sidecar they ask for.

import { restartBarePods } from './dapr-restart.ts';
import { findBareSidecarPods, type BarePod } from './dapr-sidecars.ts';
import { Failure } from '../../failure.ts';
import type { ClusterApi, ClusterObject } from '../../kubernetes/client/cluster-api.ts';
import { observeRelease } from '../../kubernetes/readiness/observe-release.ts';
import type { ReleaseObjects } from '../../kubernetes/readiness/release-objects.ts';
import { currentPodsOf } from '../../kubernetes/readiness/workload-progress.ts';
import type { Task } from '../../task.ts';

/** Those among the pods of the release's workloads. */
export function barePodsOf(objects: ReleaseObjects): BarePod[] {
  return findBareSidecarPods(currentPodsOf(objects));
}

export interface HealRequest {
  readonly api: ClusterApi;
  readonly manifest: readonly ClusterObject[];
  /** Told of each pod that is restarted, or left alone, and why. */
  readonly note: (text: string) => void;
}

/**
 * Restarts just the bare pods. Resolves with their number; their successors are on their way then, not ready.
 * The injector must answer, which the proof of the addon has shown.
 */
export async function healSidecars({ api, manifest, note }: HealRequest, task: Task): Promise<number> {
  const pods = barePodsOf(await observeRelease({ api, declared: manifest }, task.signal));
  if (pods.length === 0) return 0;
  for (const pod of pods) if (pod.controller !== undefined) note(`restarted: ${pod.reason}`);
  const { restarted, left } = await restartBarePods({ api, pods }, task);
  for (const sentence of left) note(sentence);
  return restarted.length;
}

/** Rejects with Failure 'addon' that names every pod which is still bare. */
export async function requireSidecars({ api, manifest }: HealRequest, signal: AbortSignal): Promise<void> {
  const pods = barePodsOf(await observeRelease({ api, declared: manifest }, signal));
  const mendable = pods.filter(({ controller }) => controller !== undefined);
  if (mendable.length === 0) return;
  throw new Failure('addon', `${mendable.length} pods have no Dapr sidecar, after a restart too`, {
    details: mendable.map(({ reason }) => reason),
    hint: "Has the environment the addon 'dapr'? The log of its injector says why it does not add the sidecar.",
  });
}
