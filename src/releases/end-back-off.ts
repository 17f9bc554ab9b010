// Gives a fresh start to pods that crash from before a step began: for want of what is there by now, as a rule.

import type { ClusterApi, ClusterObject } from '../kubernetes/client/cluster-api.ts';
import { observeRelease } from '../kubernetes/readiness/observe-release.ts';
import { findCrash } from '../kubernetes/readiness/pod-trouble.ts';
import { currentPodsOf } from '../kubernetes/readiness/workload-progress.ts';
import type { Task } from '../task.ts';

export interface BackOffRequest {
  readonly api: ClusterApi;
  readonly manifest: readonly ClusterObject[];
  /** Told of each pod that is replaced. */
  readonly note: (text: string) => void;
}

/**
 * Deletes the crashing pods of the release's workloads; their successors start at once and are judged by
 * what they do themselves. After a restart of the machine this is what brings the environment back: between two
 * starts of a container that crashes kubelet waits up to 5 min, and counts over days.
 */
export async function endBackOff({ api, manifest, note }: BackOffRequest, task: Task): Promise<void> {
  const objects = await observeRelease({ api, declared: manifest }, task.signal);
  for (const pod of currentPodsOf(objects)) {
    // A Job counts its own failures, and a pod on its way out is replaced already.
    const isJob = (pod.metadata.ownerReferences ?? []).some(({ kind }) => kind === 'Job');
    const crash = isJob || pod.metadata.deletionTimestamp !== undefined ? undefined : findCrash(pod);
    if (crash === undefined) continue;
    const { name, namespace } = pod.metadata;
    note(`restarted: pod ${name} was crashing before (${crash})`);
    await api.delete({ apiVersion: 'v1', kind: 'Pod', name, namespace }, task.signal);
  }
}
