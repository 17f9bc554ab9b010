// Which other environments are in a cluster, for as long as they share it.

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ClusterApi } from '../kubernetes/client/cluster-api.ts';
import { ENVIRONMENT_LABEL, isOurs } from '../kubernetes/ownership.ts';
import { holderOf } from '../process/process-lock.ts';
import { runLockOf } from '../run/run-lock-file.ts';
import { isHeld, knownPlaces, type FoundPlace } from './known-places.ts';
import { CLUSTER_RECORD_FILE } from './state-files.ts';

interface PlaceInCluster {
  readonly clusterName: string;
  readonly stateFolder: string;
}

/** Those that have made something in it, or have a run at work. */
export async function otherPlaces({ clusterName, stateFolder }: PlaceInCluster): Promise<FoundPlace[]> {
  const known = await knownPlaces(dirname(stateFolder));
  const others = known.filter(
    (place) => place.clusterName === clusterName && place.stateFolder !== stateFolder,
  );
  const isThere = await Promise.all(
    others.map(async (place) => isHeld(place.stateFolder) || (await isAtWork(place))),
  );
  return others.filter((_, index) => isThere[index]);
}

/**
 * Names of the other environments that need the cluster: by their state, and by what is in the cluster itself where it
 * answers, for state can be lost.
 */
export async function otherUsers(
  place: PlaceInCluster & { readonly name: string },
  api: ClusterApi | undefined,
  signal: AbortSignal,
): Promise<string[]> {
  const others = await otherPlaces(place);
  const byState = await Promise.all(
    others.map(async (other) => {
      // What is left of one that has gone out of the cluster is in the engine.
      const isIn = existsSync(join(other.stateFolder, CLUSTER_RECORD_FILE)) || (await isAtWork(other));
      return isIn ? [other.environment] : [];
    }),
  );
  const namespaces =
    (await api?.list({ apiVersion: 'v1', kind: 'Namespace', metadataOnly: true }, signal)) ?? [];
  const byLabel = namespaces.flatMap(({ metadata: { labels } }) =>
    isOurs(labels) ? (labels?.[ENVIRONMENT_LABEL] ?? []) : [],
  );
  return [...new Set([...byState.flat(), ...byLabel])].filter((name) => name !== place.name).sort();
}

async function isAtWork({ stateFolder }: FoundPlace): Promise<boolean> {
  const holder = await holderOf(runLockOf(stateFolder)).catch(() => undefined);
  return holder !== undefined;
}
