// Sees to it that of each image only what is served, what was served before, and what is being tried stays.

import { imageScopeOf } from '../images/image-ownership.ts';
import type { Journal } from '../run/journal.ts';
import { Failure } from '../failure.ts';
import type { ImageStore } from '../images/image-store.ts';
import type { EnvironmentRun } from '../up/environment-run.ts';
import type { Clock } from './clock.ts';
import type { KnownState } from './known-state.ts';
import { pruneImages } from './prune-images.ts';
import { imagesOf } from './service-steps.ts';

export interface ImagePrunerOptions {
  readonly images: ImageStore;
  readonly journal: Journal;
  readonly known: KnownState;
  readonly pruneNodes: (references: readonly string[], signal: AbortSignal) => Promise<void>;
  /** References that somebody works with. */
  readonly inUse: () => readonly string[];
  readonly note: (text: string) => void;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** What is served, and the version before it. */
const KEPT_VERSIONS = 2;
/** After a new version: the next save often comes soon, and should not have to wait for this. */
const REST_MS = 3_000;
/** Saves that come again and again put it off no longer: images would pile up for as long as they come. */
const MAX_DELAY_MS = 10_000;

export class ImagePruner {
  readonly #options: ImagePrunerOptions;
  /** By service: the references of its last versions, newest last. */
  readonly #versions = new Map<string, readonly (readonly string[])[]>();
  readonly #due = new Set<string>();
  #dueSinceMs: number | undefined;
  #callOff: (() => void) | undefined;
  #going: Promise<void> = Promise.resolve();

  constructor(options: ImagePrunerOptions) {
    this.#options = options;
  }

  /** A version that served when watching began. */
  remember(service: string, run: EnvironmentRun): void {
    const references = imagesOf(run, service).map((name) => run.builds.get(name)!.reference);
    const before = this.#versions.get(service) ?? [];
    const isSame = before.at(-1)?.join() === references.join();
    this.#versions.set(service, isSame ? before : [...before, references].slice(-KEPT_VERSIONS));
  }

  /** A service serves a new version: what it replaced for good goes, when nobody is waiting for anything. */
  served(service: string, run: EnvironmentRun): void {
    this.remember(service, run);
    this.ended(service, run);
  }

  /** A run has ended, however: what it built and nobody wants any more goes, too. */
  ended(service: string, run: EnvironmentRun): void {
    for (const name of imagesOf(run, service)) this.#due.add(name);
    this.#callOff?.();
    const { clock } = this.#options;
    this.#dueSinceMs ??= clock.nowMs();
    const delayMs = Math.min(REST_MS, this.#dueSinceMs + MAX_DELAY_MS - clock.nowMs());
    this.#callOff = clock.after(delayMs, () => this.#begin(imageScopeOf(run)));
  }

  #begin(imageScope: string): void {
    const names = [...this.#due];
    this.#due.clear();
    this.#dueSinceMs = undefined;
    this.#going = this.#going.then(() => this.#prune(names, imageScope));
  }

  [Symbol.dispose](): void {
    this.#callOff?.();
  }

  /** Resolves when nothing is being taken away: only then is it known what is there. */
  idle(): Promise<void> {
    return this.#going;
  }

  async #prune(names: readonly string[], imageScope: string): Promise<void> {
    const { images, journal, known, pruneNodes, inUse, note, signal } = this.#options;
    try {
      for (const image of names) {
        const keep = new Set([...[...this.#versions.values()].flat(2), ...inUse()]);
        const request = { images, journal, imageScope, image, keep, pruneNodes };
        for (const reference of await pruneImages(request, signal)) known.gone(reference);
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof Failure)) throw error;
      note(`old images stay: ${error.message}`);
    }
  }
}
