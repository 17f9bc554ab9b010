// Gives a fresh start to pods that crash from before a step began: for want of what is there by now, as a rule.

import type { ClusterApi, ClusterObject } from '../kubernetes/cluster-api.ts';
import { eventsOf } from '../kubernetes/findings.ts';
import { observeRelease } from '../kubernetes/observe-release.ts';
import { DEFAULT_PATIENCE, findPodTrouble, type TroubleReason } from '../kubernetes/pod-trouble.ts';
import { currentPodsOf } from '../kubernetes/workload-progress.ts';
import type { Task } from '../task.ts';

/** Between two starts of a container that crashes kubelet waits up to 5 min, and counts over days. */
const CRASHING: readonly TroubleReason[] = ['CrashLoopBackOff', 'OOMKilled'];

export interface BackOffRequest {
  readonly api: ClusterApi;
  readonly manifest: readonly ClusterObject[];
  /** Told of each pod that is replaced. */
  readonly note: (text: string) => void;
}

/**
 * Deletes the crashing pods of the release's workloads; their successors start at once and are judged by
 * what they do themselves. After a restart of the machine this is what brings the environment back.
 */
export async function endBackOff({ api, manifest, note }: BackOffRequest, task: Task): Promise<void> {
  const objects = await observeRelease({ api, declared: manifest }, task.signal);
  const { live, nowMs } = objects;
  for (const pod of currentPodsOf(objects)) {
    const isJob = (pod.metadata.ownerReferences ?? []).some(({ kind }) => kind === 'Job');
    const context = { events: eventsOf(pod, live), nowMs, patience: DEFAULT_PATIENCE, isJob };
    const trouble = findPodTrouble(pod, context);
    if (trouble === undefined || !CRASHING.includes(trouble.reason)) continue;
    const { name, namespace } = pod.metadata;
    note(`restarted: pod ${name} was crashing before (${trouble.message})`);
    await api.delete({ apiVersion: 'v1', kind: 'Pod', name, namespace }, task.signal);
  }
}
