// Mends pods that came up without their Dapr sidecar: they are replaced, and nothing else is touched.

import { Failure } from '../../failure.ts';
import type { ClusterApi, ObjectReference } from '../../kubernetes/client/cluster-api.ts';
import { pause } from '../../kubernetes/pause.ts';
import type { Task } from '../../task.ts';
import type { BarePod } from './dapr-sidecars.ts';

export interface BarePodsRestart {
  readonly api: ClusterApi;
  /** From findBareSidecarPods. */
  readonly pods: readonly BarePod[];
  /** How long the pods may take to go, all together; 120 s if absent: longer than the grace period of most. */
  readonly deadlineMs?: number;
  /** Time between two looks; 250 ms if absent. */
  readonly intervalMs?: number;
}

export interface BarePodsOutcome {
  /** '<namespace>/<pod>' of those that went; what controls them has made new ones. */
  readonly restarted: readonly string[];
  /** Sentences on those that were left alone, because nothing would have made them again. */
  readonly left: readonly string[];
}

/**
 * Deletes the pods that something controls and waits until they are gone. Resolves before their successors are ready.
 * Dapr's injector has to answer again: without it the successors come up bare too.
 * Rejects with Failure 'timeout' that names the pods which stayed.
 */
export async function restartBarePods(
  { api, pods, deadlineMs = 120_000, intervalMs = 250 }: BarePodsRestart,
  { signal, report }: Task,
): Promise<BarePodsOutcome> {
  const controlled = pods.filter(({ controller }) => controller !== undefined);
  const left = pods
    .filter(({ controller }) => controller === undefined)
    .map(
      ({ reason }) => `${reason}; nothing would make it again, so it is left to you: delete and create it`,
    );
  report({ text: 'restarting pods that lack their Dapr sidecar', done: 0, total: controlled.length });
  // One that was replaced since the look has a new uid, and its successor is not for us to delete.
  for (const pod of controlled)
    if (await isStillThere(api, pod, signal)) await api.delete(referenceOf(pod), signal);

  const deadline = performance.now() + deadlineMs;
  let waiting: readonly BarePod[] = controlled;
  for (;;) {
    const there = await Promise.all(waiting.map((pod) => isStillThere(api, pod, signal)));
    waiting = waiting.filter((_, index) => there[index]);
    const names = waiting.map(nameOf);
    if (waiting.length === 0) return { restarted: controlled.map(nameOf), left };
    const done = controlled.length - waiting.length;
    report({ text: `waiting until ${names.join(', ')} is gone`, done, total: controlled.length });
    if (performance.now() >= deadline) {
      throw new Failure('timeout', `still there after ${deadlineMs / 1000} s: pod ${names.join(', ')}`, {
        hint: 'A finalizer, or a node that does not answer, holds a pod.',
      });
    }
    await pause(intervalMs, signal);
  }
}

async function isStillThere(api: ClusterApi, pod: BarePod, signal: AbortSignal): Promise<boolean> {
  const live = await api.get(referenceOf(pod), signal);
  return live !== undefined && live.metadata.uid === pod.uid;
}

function referenceOf({ name, namespace }: BarePod): ObjectReference {
  return { apiVersion: 'v1', kind: 'Pod', name, namespace };
}

function nameOf({ name, namespace }: BarePod): string {
  return `${namespace}/${name}`;
}
