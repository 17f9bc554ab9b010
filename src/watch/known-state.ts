// What is known of engine and cluster while watching: observed once, then kept up with what our own steps did.

import type { StoredRelease } from '../releases/release-store.ts';
import type { ObservedRelease, ObservedState } from '../plan/state.ts';
import type { Step } from '../plan/step.ts';
import type { EnvironmentRun } from '../up/environment-run.ts';
import { FINGERPRINT_LABEL } from '../up/observe-state.ts';

/** A version that got ready, and so can be gone back to. */
export interface GoodVersion {
  readonly revision: number;
  readonly fingerprint: string;
}

export class KnownState {
  #artifacts: ReadonlySet<string> = new Set();
  #images: ReadonlySet<string> = new Set();
  #loaded: ReadonlySet<string> = new Set();
  #namespaces: ReadonlySet<string> = new Set();
  #secrets: ReadonlySet<string> = new Set();
  #releases: readonly ObservedRelease[] = [];
  /** By '<namespace>/<name>'. */
  readonly #good = new Map<string, GoodVersion>();

  /** Takes over a look at everything. */
  observed(state: ObservedState, stored: readonly StoredRelease[]): void {
    this.#artifacts = state.artifacts;
    this.#images = state.images;
    this.#loaded = state.loaded;
    this.#namespaces = state.namespaces;
    this.#secrets = state.secrets;
    this.releases(state.releases, stored);
  }

  /** Takes over a look at the releases. */
  releases(observed: readonly ObservedRelease[], stored: readonly StoredRelease[]): void {
    this.#releases = observed;
    for (const release of observed) {
      const { fingerprint } = release;
      const revision = stored.find((one) => keyOf(one) === keyOf(release))?.revision;
      if (isServed(release) && fingerprint !== undefined && revision !== undefined)
        this.#good.set(keyOf(release), { revision, fingerprint });
    }
  }

  /**
   * A release is ready at this revision. `fingerprint` is given when another one than the label's comes to the same
   * manifest.
   */
  served(
    { name, namespace, labels, revision }: StoredRelease,
    fingerprint = labels[FINGERPRINT_LABEL],
  ): void {
    this.#releases = [
      ...this.#releases.filter((one) => keyOf(one) !== `${namespace}/${name}`),
      {
        ...{ name, namespace, fingerprint, status: 'deployed', withoutSidecar: [] },
        verdict: { state: 'ready', waitingFor: [] },
      },
    ];
    if (fingerprint !== undefined) this.#good.set(`${namespace}/${name}`, { revision, fingerprint });
  }

  /** The fingerprint of what the cluster has of a release, when that is ready. */
  servedOf(release: { readonly name: string; readonly namespace: string }): string | undefined {
    const found = this.#releases.find((one) => keyOf(one) === keyOf(release));
    return found && isServed(found) ? found.fingerprint : undefined;
  }

  goodOf(release: { readonly name: string; readonly namespace: string }): GoodVersion | undefined {
    return this.#good.get(keyOf(release));
  }

  hasImage(reference: string): boolean {
    return this.#images.has(reference) || this.#loaded.has(reference);
  }

  /** A step of ours has ended well. What became of a release, `served` and `releases` tell. */
  done({ group, subject }: Step, { builds, artifacts, environment }: EnvironmentRun): void {
    const reference = builds.get(subject)?.reference ?? artifacts.get(subject)?.location;
    if (group === 'artifact') this.#artifacts = new Set([...this.#artifacts, subject]);
    if ((group === 'image' || group === 'artifact') && reference !== undefined)
      this.#images = new Set([...this.#images, reference]);
    if (group === 'load' && reference !== undefined) this.#loaded = new Set([...this.#loaded, reference]);
    if (group === 'namespace') this.#namespaces = new Set([...this.#namespaces, subject]);
    if (group === 'orphan') this.#releases = this.#releases.filter((release) => keyOf(release) !== subject);
    if (group === 'secret') {
      const namespace = environment.secrets[subject]?.namespace ?? environment.namespace;
      this.#secrets = new Set([...this.#secrets, `${namespace}/${subject}`]);
    }
  }

  /** An image was taken away, from the engine and from the nodes. */
  gone(reference: string): void {
    this.#images = new Set([...this.#images].filter((one) => one !== reference));
    this.#loaded = new Set([...this.#loaded].filter((one) => one !== reference));
  }

  /** As the plan takes it. */
  get state(): ObservedState {
    return {
      artifacts: this.#artifacts,
      images: this.#images,
      cluster: 'running',
      loaded: this.#loaded,
      namespaces: this.#namespaces,
      secrets: this.#secrets,
      releases: this.#releases,
      // Cheap to check again, from sizes that are on record.
      budget: undefined,
    };
  }
}

/** Whether the cluster has this version, and it is ready. */
function isServed({ status, verdict }: ObservedRelease): boolean {
  return status === 'deployed' && verdict.state === 'ready';
}

function keyOf({ name, namespace }: { readonly name: string; readonly namespace: string }): string {
  return `${namespace}/${name}`;
}
