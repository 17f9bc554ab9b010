// A ReleaseStore in front of another one, for runs that follow one another: what is determined by a fingerprint is
// asked once, and changes of the cluster are not broken off in the middle.

import type { ReleaseSpec, ReleaseStore, StoredRelease } from '../helm/release-store.ts';

interface KnownChart {
  readonly fingerprint: string;
  lint?: Promise<void>;
  rendered?: Promise<string>;
}

/** Fingerprints of a release that are remembered: the good one, and those that are tried. */
const KEPT = 3;

export class RememberedReleases implements ReleaseStore {
  readonly #store: ReleaseStore;
  /** Ends a change of the cluster, too: a helm that is killed leaves a release that has to be repaired. */
  readonly #hardSignal: AbortSignal;
  readonly #fingerprints = new WeakMap<ReleaseSpec, string>();
  readonly #charts = new Map<string, KnownChart[]>();

  constructor(store: ReleaseStore, hardSignal: AbortSignal) {
    this.#store = store;
    this.#hardSignal = hardSignal;
  }

  /** From now on the spec stands for this fingerprint of chart, values and namespace. */
  know(spec: ReleaseSpec, fingerprint: string): void {
    this.#fingerprints.set(spec, fingerprint);
  }

  /** Begins what a later lint and render will ask, while something else still takes its time. */
  prepare(spec: ReleaseSpec): void {
    // Whoever asks for them gets the failure.
    this.lint(spec).catch(() => undefined);
    this.render(spec).catch(() => undefined);
  }

  list(signal: AbortSignal): Promise<StoredRelease[]> {
    return this.#store.list(signal);
  }

  lint(spec: ReleaseSpec): Promise<void> {
    const known = this.#chartOf(spec);
    return (known.lint ??= this.#store.lint(spec, this.#hardSignal));
  }

  render(spec: ReleaseSpec): Promise<string> {
    const known = this.#chartOf(spec);
    return (known.rendered ??= this.#store.render(spec, this.#hardSignal));
  }

  apply(spec: ReleaseSpec, options: Parameters<ReleaseStore['apply']>[1]): Promise<StoredRelease> {
    options.signal.throwIfAborted();
    return this.#store.apply(spec, { ...options, signal: this.#hardSignal });
  }

  rollback(
    release: { name: string; namespace: string },
    options: { toRevision: number; signal: AbortSignal },
  ): Promise<StoredRelease> {
    return this.#store.rollback(release, { ...options, signal: this.#hardSignal });
  }

  uninstall(release: { name: string; namespace: string }, signal: AbortSignal): Promise<boolean> {
    return this.#store.uninstall(release, signal);
  }

  #chartOf(spec: ReleaseSpec): KnownChart {
    const fingerprint = this.#fingerprints.get(spec);
    // Nobody has said what it stands for: it is asked each time.
    if (fingerprint === undefined) return { fingerprint: '' };
    const key = `${spec.namespace}/${spec.name}`;
    const kept = this.#charts.get(key) ?? [];
    const found = kept.find((chart) => chart.fingerprint === fingerprint);
    if (found) return found;
    const fresh: KnownChart = { fingerprint };
    this.#charts.set(key, [...kept.slice(1 - KEPT), fresh]);
    return fresh;
  }
}
