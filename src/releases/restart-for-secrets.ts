// Has pods run with the Secrets as they are: a program rarely reads one twice.

import { annotateWorkload, RESTARTABLE } from '../kubernetes/annotate-workload.ts';
import type { ClusterApi, ClusterObject } from '../kubernetes/client/cluster-api.ts';
import { SECRETS_OF_PODS, secretUses, secretVersions } from '../kubernetes/secret-uses.ts';
import { specOf } from '../kubernetes/object-shapes.ts';
import { ourSecrets } from '../secrets/secret-data.ts';
import type { Task } from '../task.ts';

export interface SecretRestart {
  readonly api: ClusterApi;
  /** What the release has put into the cluster. */
  readonly manifest: readonly ClusterObject[];
  /** '<namespace>/<name>' of the Secrets that the release lists. */
  readonly listed: readonly string[];
  /** Its objects from before helm was run, where it was: what is not among them has new pods anyway. */
  readonly before: readonly ClusterObject[] | undefined;
  /** Told of each workload that is restarted. */
  readonly note: (text: string) => void;
}

/**
 * Restarts each workload once whose pods were started with an earlier version of a Secret, and records the versions on
 * it in the same request: broken off, it goes on with those that are left.
 */
export async function restartForSecrets(
  { api, manifest, listed, before, note }: SecretRestart,
  { signal }: Task,
): Promise<void> {
  const versions = secretVersions(await api.list({ ...ourSecrets, metadataOnly: true }, signal));
  if (versions.size === 0) return;
  const live = await liveWorkloads(api, manifest, signal);
  for (const { workload, secrets, stale, stamp } of secretUses(live, listed, versions)) {
    if (workload.metadata.annotations?.[SECRETS_OF_PODS] === stamp) continue;
    const own = { [SECRETS_OF_PODS]: stamp };
    if (stale.length === 0 || (before !== undefined && hasNewPods(workload, before))) {
      await annotateWorkload(api, workload, { own }, signal);
      continue;
    }
    const names = secrets.filter((secret) => stale.includes(secret)).join(', ');
    note(`restarted: ${workload.kind} ${workload.metadata.name} ran with an earlier secret ${names}`);
    await annotateWorkload(api, workload, { own, ofPods: own }, signal);
  }
}

/** Of the workloads in a manifest, those that are there. */
export async function liveWorkloads(
  api: ClusterApi,
  manifest: readonly ClusterObject[],
  signal: AbortSignal,
): Promise<ClusterObject[]> {
  const found = await Promise.all(
    manifest
      .filter(({ kind }) => RESTARTABLE.includes(kind))
      .map(({ apiVersion, kind, metadata: { name, namespace } }) =>
        api.get({ apiVersion, kind, name, namespace }, signal),
      ),
  );
  return found.filter((object) => object !== undefined);
}

/** Made by helm just now, or given another template: its pods were started after the Secrets were written. */
function hasNewPods(workload: ClusterObject, before: readonly ClusterObject[]): boolean {
  const earlier = before.find(({ metadata }) => metadata.uid === workload.metadata.uid);
  const templateOf = (object: ClusterObject): string =>
    JSON.stringify(specOf<{ template: object }>(object).template);
  return earlier === undefined || templateOf(earlier) !== templateOf(workload);
}
