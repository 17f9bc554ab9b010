// The ReleaseStore of one run of one service.

import type { ApplyOptions, ReleaseSpec, ReleaseStore, StoredRelease } from '../releases/release-store.ts';

interface HeadStart {
  readonly fingerprint: string;
  readonly moment: PromiseWithResolvers<void>;
  readonly applied: Promise<StoredRelease>;
  /** Who asks for it may give it up. */
  readonly giveUp: AbortController;
}

/** The same store. Knows whether the cluster was changed, and can begin an apply before it is asked for. */
export class RunReleases implements ReleaseStore {
  readonly #store: ReleaseStore;
  readonly #validates: boolean;
  #headStart: HeadStart | undefined;
  #hasApplied = false;

  /** @param validates see ApplyOptions */
  constructor(store: ReleaseStore, { validates }: { validates: boolean }) {
    this.#store = store;
    this.#validates = validates;
  }

  /** From then on the cluster may have something else than before. */
  get hasApplied(): boolean {
    return this.#hasApplied;
  }

  /** Starts what will do the apply with these options, up to where it would change anything. */
  prepareApply(spec: ReleaseSpec, options: ApplyOptions): void {
    if (this.#headStart) return;
    const moment = Promise.withResolvers<void>();
    // Where nobody waits for it any more.
    moment.promise.catch(() => undefined);
    const giveUp = new AbortController();
    const applied = this.#store.apply(spec, {
      ...{ ...options, validates: this.#validates, after: moment.promise, giveUp: giveUp.signal },
    });
    applied.catch(() => undefined);
    this.#headStart = { fingerprint: fingerprintOf(spec, options), moment, applied, giveUp };
  }

  /** Something was changed other than by an apply. */
  noteChange(): void {
    this.#hasApplied = true;
  }

  list(signal: AbortSignal): Promise<StoredRelease[]> {
    return this.#store.list(signal);
  }

  lint(spec: ReleaseSpec, signal: AbortSignal): Promise<void> {
    return this.#store.lint(spec, signal);
  }

  render(spec: ReleaseSpec, signal: AbortSignal): Promise<string> {
    return this.#store.render(spec, signal);
  }

  apply(spec: ReleaseSpec, options: ApplyOptions): Promise<StoredRelease> {
    options.signal.throwIfAborted();
    this.#hasApplied = true;
    const headStart = this.#headStart;
    if (headStart?.fingerprint !== fingerprintOf(spec, options))
      return this.#store.apply(spec, { ...options, validates: this.#validates });
    const { giveUp } = headStart;
    options.giveUp?.addEventListener('abort', () => giveUp.abort(options.giveUp?.reason), { once: true });
    headStart.moment.resolve();
    return headStart.applied;
  }

  rollback(
    release: { name: string; namespace: string },
    options: { toRevision: number; signal: AbortSignal },
  ): Promise<StoredRelease> {
    return this.#store.rollback(release, options);
  }

  relabel(...call: Parameters<ReleaseStore['relabel']>): Promise<void> {
    return this.#store.relabel(...call);
  }

  uninstall(release: { name: string; namespace: string }, signal: AbortSignal): Promise<boolean> {
    return this.#store.uninstall(release, signal);
  }

  /** An apply that was begun and never asked for ends. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#headStart?.moment.reject(new Error('not asked for'));
    await this.#headStart?.applied.catch(() => undefined);
  }
}

function fingerprintOf(spec: ReleaseSpec, { labels }: ApplyOptions): string {
  return JSON.stringify([spec, labels]);
}
