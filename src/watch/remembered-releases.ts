// A ReleaseStore in front of another one, for runs that follow one another: what is determined by a fingerprint is
// asked once, and changes of the cluster are not broken off in the middle.

import type { ReleaseSpec, ReleaseStore, StoredRelease } from '../releases/release-store.ts';
import type { ReleaseVersion } from '../plan/state.ts';

interface KnownChart extends ReleaseVersion {
  lint?: Promise<void>;
  rendered?: Promise<string>;
}

/** Fingerprints of a release that are remembered: the good one, and those that are tried. */
const KEPT = 3;

export class RememberedReleases implements ReleaseStore {
  readonly #store: ReleaseStore;
  /** Ends a change of the cluster, too: a helm that is killed leaves a release that has to be repaired. */
  readonly #hardSignal: AbortSignal;
  readonly #versions = new WeakMap<ReleaseSpec, ReleaseVersion>();
  readonly #charts = new Map<string, KnownChart[]>();

  constructor(store: ReleaseStore, hardSignal: AbortSignal) {
    this.#store = store;
    this.#hardSignal = hardSignal;
  }

  /** From now on the spec stands for this version. */
  know(spec: ReleaseSpec, version: ReleaseVersion): void {
    this.#versions.set(spec, version);
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
    known.lint ??= this.#store.lint(spec, this.#hardSignal);
    return untilRejected(known, 'lint', known.lint);
  }

  render(spec: ReleaseSpec): Promise<string> {
    const known = this.#chartOf(spec);
    known.rendered ??= this.#store.render(spec, this.#hardSignal);
    return untilRejected(known, 'rendered', known.rendered);
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

  relabel(...call: Parameters<ReleaseStore['relabel']>): Promise<void> {
    return this.#store.relabel(...call);
  }

  uninstall(release: { name: string; namespace: string }, signal: AbortSignal): Promise<boolean> {
    return this.#store.uninstall(release, signal);
  }

  #chartOf(spec: ReleaseSpec): KnownChart {
    const version = this.#versions.get(spec);
    // Nobody has said what it stands for: it is asked each time.
    if (version === undefined) return { fingerprint: '' };
    const { fingerprint, settings } = version;
    const key = `${spec.namespace}/${spec.name}`;
    const kept = this.#charts.get(key) ?? [];
    const found = kept.find((chart) => chart.fingerprint === fingerprint);
    if (found) return found;
    // What lint says of a chart does not depend on which build of an image it names.
    const lint = kept.findLast((chart) => settings !== undefined && chart.settings === settings)?.lint;
    const fresh: KnownChart = { fingerprint, settings, ...(lint ? { lint } : {}) };
    if (lint) void untilRejected(fresh, 'lint', lint);
    this.#charts.set(key, [...kept.slice(1 - KEPT), fresh]);
    return fresh;
  }
}

/** An answer is kept, a failure is not: its cause may lie outside of the chart, and whoever tries again means it. */
function untilRejected<T>(known: KnownChart, name: 'lint' | 'rendered', answer: Promise<T>): Promise<T> {
  answer.catch(() => {
    if ((known[name] as Promise<unknown> | undefined) === answer) delete known[name];
  });
  return answer;
}
