// Knows which release a pod belongs to, by the manifests and hooks that helm keeps.

import { declaredObjects } from '../releases/declared-objects.ts';
import { hooksOf } from '../releases/release-hooks.ts';
import type { ReleaseStore, StoredRelease } from '../releases/release-store.ts';
import type { ClusterObject } from '../kubernetes/client/cluster-api.ts';
import { workloadKey, workloadOf } from './pod-owner.ts';

export class PodReleases {
  readonly #releases: Pick<ReleaseStore, 'list'>;
  #byWorkload = new Map<string, string>();
  /** Workloads of nobody that is known, asked for already. */
  readonly #strange = new Set<string>();

  readonly #onUnreadable: (text: string) => void;
  /** Revisions that were told of. */
  readonly #told = new Set<string>();

  /** @param onUnreadable told once of each release that cannot be read: its pods are of no release that is known */
  constructor(releases: Pick<ReleaseStore, 'list'>, onUnreadable: (text: string) => void = () => undefined) {
    this.#releases = releases;
    this.#onUnreadable = onUnreadable;
  }

  /** By uid of a pod the name of its release; pods of no release are left out. Asks only about workloads that are new. */
  async of(pods: readonly ClusterObject[], signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
    const keys = new Map(pods.map((pod) => [pod.metadata.uid ?? pod.metadata.name, workloadOf(pod)]));
    const isNew = (key: string): boolean => !this.#byWorkload.has(key) && !this.#strange.has(key);
    if ([...keys.values()].some(isNew)) await this.#read(signal);
    for (const key of keys.values()) if (isNew(key)) this.#strange.add(key);
    // Jobs come and go under ever new names.
    const current = new Set(keys.values());
    for (const key of this.#strange) if (!current.has(key)) this.#strange.delete(key);
    return new Map(
      [...keys].flatMap(([uid, key]) => {
        const release = this.#byWorkload.get(key);
        return release === undefined ? [] : [[uid, release] as const];
      }),
    );
  }

  async #read(signal: AbortSignal): Promise<void> {
    const stored = await this.#releases.list(signal);
    this.#byWorkload = new Map(
      stored.flatMap((release) => {
        const { objects = [], unreadable } = { objects: undefined, ...declaredObjects(release) };
        if (unreadable !== undefined) this.#tell(release, unreadable);
        return [...objects, ...hooksOf(release)].map(
          ({ kind, metadata }) =>
            [workloadKey(kind, metadata.namespace, metadata.name), release.name] as const,
        );
      }),
    );
  }

  #tell({ namespace, name, revision }: StoredRelease, reason: string): void {
    const key = `${namespace}/${name}:${revision}`;
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.#onUnreadable(`release ${namespace}/${name} cannot be read, and its pods are left out: ${reason}`);
  }
}
