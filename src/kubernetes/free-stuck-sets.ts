// Lets StatefulSets go on that wait for a pod of a version which is no longer wanted.

import type { Task } from '../task.ts';
import type { ClusterApi, ClusterObject } from './client/cluster-api.ts';
import { conditionOf, type PodStatus, specOf, statusOf, type WorkloadSpec } from './object-shapes.ts';
import { pause } from './pause.ts';

export interface StuckSets {
  readonly api: ClusterApi;
  /** What the release has put into the cluster just now. */
  readonly manifest: readonly ClusterObject[];
  /** Told of each pod that is replaced. */
  readonly note: (text: string) => void;
}

/** The controller sees a change within milliseconds; without its word nothing is deleted. */
const SEEN_WITHIN_MS = 10_000;
const REVISION = 'controller-revision-hash';

interface SetStatus {
  readonly observedGeneration: number;
  readonly updateRevision: string;
}

/**
 * A StatefulSet replaces its pods one by one, and waits for ever for one that cannot get ready, whatever its template
 * says by then: that pod has to be deleted (https://github.com/kubernetes/kubernetes/issues/67250). Its volumes stay.
 */
export async function freeStuckSets({ api, manifest, note }: StuckSets, { signal }: Task): Promise<void> {
  await Promise.all(
    manifest
      .filter(({ kind }) => kind === 'StatefulSet')
      .map(async (declared) => {
        const set = await seenSet(api, declared, signal);
        const { updateRevision } = statusOf<SetStatus>(set ?? declared);
        if (set === undefined || updateRevision === undefined) return;
        const { type = 'RollingUpdate', rollingUpdate } = specOf<WorkloadSpec>(set).updateStrategy ?? {};
        // Whoever says so replaces pods themselves.
        if (type !== 'RollingUpdate') return;
        const { namespace, uid } = set.metadata;
        for (const pod of await api.list({ apiVersion: 'v1', kind: 'Pod', namespace }, signal)) {
          const { name, labels, ownerReferences = [], deletionTimestamp } = pod.metadata;
          const isOld = labels?.[REVISION] !== undefined && labels[REVISION] !== updateRevision;
          const stays = Number(/-(\d+)$/.exec(name)?.[1] ?? 0) < (rollingUpdate?.partition ?? 0);
          const isOurs = ownerReferences.some((owner) => owner.uid === uid);
          if (!isOurs || !isOld || stays || deletionTimestamp !== undefined || isReady(pod)) continue;
          note(`restarted: pod ${name} of an earlier version does not get ready`);
          await api.delete({ apiVersion: 'v1', kind: 'Pod', name, namespace }, signal);
        }
      }),
  );
}

/** As it is when its controller has seen what it is to be by now. */
async function seenSet(
  api: ClusterApi,
  { apiVersion, kind, metadata: { name, namespace } }: ClusterObject,
  signal: AbortSignal,
): Promise<ClusterObject | undefined> {
  const deadline = performance.now() + SEEN_WITHIN_MS;
  for (;;) {
    const set = await api.get({ apiVersion, kind, name, namespace }, signal);
    if (set === undefined) return undefined;
    const { observedGeneration = 0 } = statusOf<SetStatus>(set);
    if (observedGeneration >= (set.metadata.generation ?? 0)) return set;
    if (performance.now() > deadline) return undefined;
    await pause(100, signal);
  }
}

function isReady(pod: ClusterObject): boolean {
  return conditionOf(statusOf<PodStatus>(pod).conditions, 'Ready')?.status === 'True';
}
