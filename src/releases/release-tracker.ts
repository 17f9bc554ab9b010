// Keeps the state of each release during a run and tells every change.

import type { Emit } from '../run/events.ts';
import { nextState, statesAfter, type ReleaseState } from '../plan/release-state.ts';
import type { DesiredState } from '../plan/state.ts';

export class ReleaseTracker {
  readonly #desired: DesiredState;
  readonly #emit: Emit;
  readonly #states = new Map<string, ReleaseState>();

  constructor(desired: DesiredState, emit: Emit) {
    this.#desired = desired;
    this.#emit = emit;
  }

  /** The release itself goes on; an impossible transition is a bug and throws. */
  enter(release: string, to: ReleaseState): void {
    const from = this.#states.get(release);
    if (from === to) return;
    this.#states.set(release, nextState(from, to));
    this.#emit({ type: 'release-state', release, from, to });
  }

  /** One of possibly several images of a release is being built, loaded, or has failed: who is further on stays there. */
  enterByImage(reference: string, to: 'Building' | 'Loading' | 'Failed'): void {
    for (const release of this.#desired.releases) {
      if (!release.images.includes(reference)) continue;
      if (statesAfter(this.#states.get(release.name)).includes(to)) this.enter(release.name, to);
    }
  }

  stateOf(release: string): ReleaseState | undefined {
    return this.#states.get(release);
  }

  /** Runs the work on an image in that state; its failure is that of the releases that need it. */
  async during<T>(reference: string, state: 'Building' | 'Loading', work: () => Promise<T>): Promise<T> {
    this.enterByImage(reference, state);
    try {
      return await work();
    } catch (error) {
      this.enterByImage(reference, 'Failed');
      throw error;
    }
  }
}
