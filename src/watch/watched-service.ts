// The services of the watch loop: what state each is in, the hints that nobody has looked at yet, the run that goes on.

import { addHint, dueAtMs, joinBatches, type Batch, type CoalesceTiming } from './debounce.ts';
import { Failure } from '../failure.ts';
import type { WatchEvent } from './watch-event.ts';
import { want, wantedOf, type ServiceState, type ServiceView } from './watch-state.ts';
import type { Scene } from './watch-world.ts';

export class WatchedService<S> {
  state: ServiceState;
  /** The last one that was believed of this service. */
  scene: S;
  /** It was ready at least once, so others need not wait for it. */
  wasUp: boolean;
  /** Hints since the last look began. */
  batch: Batch | undefined;
  /** Hints because of which somebody is looking now. */
  taken: Batch | undefined;
  /** It is started although it does not rest: it has not rested for too long. */
  isForced = false;
  stirredAtMs = -Infinity;
  /** When the change that is wanted now was first hinted at. */
  changedAtMs: number | undefined;
  /** Of the run that goes on. */
  abort: AbortController | undefined;
  heldBecause: string | undefined;
  /** Runs since it was last right. */
  attempts = 0;
  /** Runs in a row that were cancelled. */
  cancelCount = 0;

  constructor(state: ServiceState, scene: S) {
    this.state = state;
    this.scene = scene;
    this.wasUp = state.name === 'idle';
  }

  stir(path: string | undefined, nowMs: number): void {
    this.batch = addHint(this.batch, path, nowMs);
    this.stirredAtMs = nowMs;
  }

  /**
   * What was read after this batch was taken may be believed: nothing more has come meanwhile, or it has not
   * rested for so long that it has to be. Otherwise the batch goes back to wait for the next look.
   */
  believes(nowMs: number, timing: CoalesceTiming): boolean {
    const { taken } = this;
    if (!this.batch) return true;
    if (taken && nowMs >= taken.firstAtMs + timing.maxDelayMs) return (this.isForced = true);
    if (taken) this.batch = joinBatches(taken, this.batch);
    return false;
  }

  view(needs: readonly string[]): ServiceView {
    const { state, wasUp, batch, taken, isForced, stirredAtMs, cancelCount } = this;
    const isStirring = (batch ?? taken) !== undefined;
    return { state, needs, wasUp, isStirring, isForced, stirredAtMs, cancelCount };
  }
}

/** A look at what is wanted. */
export interface Finding {
  readonly foundBy: 'event' | 'sweep';
  readonly isFirst: boolean;
  readonly nowMs: number;
  readonly timing: CoalesceTiming;
  readonly begin: (service: string, wanted: string) => ServiceState;
  /** What was wanted of a service when `up` read its sources. */
  readonly described: (service: string) => string | undefined;
}

export class WatchedServices<S extends Scene> extends Map<string, WatchedService<S>> {
  /** Takes over what a look found, as far as it can be believed. */
  accept(scene: S, { foundBy, isFirst, nowMs, timing, begin, described }: Finding): WatchEvent[] {
    const events: WatchEvent[] = [];
    for (const [name, fingerprint] of scene.wanted) {
      const service = this.get(name);
      if (!service) {
        const fresh = new WatchedService(begin(name, fingerprint), scene);
        this.set(name, fresh);
        if (!isFirst) events.push({ kind: 'added', service: name });
        else if (fingerprint !== described(name)) {
          const isServed = fresh.state.name === 'idle';
          events.push({ kind: 'changed', service: name, paths: [], foundBy: 'event', isServed });
        }
        continue;
      }
      const { taken } = service;
      if (!service.believes(nowMs, timing)) continue;
      service.scene = scene;
      if (wantedOf(service.state) === fingerprint) continue;
      service.state = want(service.state, fingerprint);
      service.changedAtMs = taken?.firstAtMs ?? nowMs;
      const paths = [...(taken?.paths ?? [])];
      const isServed = service.state.name === 'idle';
      events.push({ kind: 'changed', service: name, paths, foundBy: taken ? 'event' : foundBy, isServed });
    }
    for (const [name, { abort }] of this) {
      if (scene.wanted.has(name)) continue;
      abort?.abort(new Failure('interrupted', 'it is no longer in the config'));
      this.delete(name);
      events.push({ kind: 'dropped', service: name });
    }
    return events;
  }

  /** Takes the batches that have rested, or waited, long enough; until the look at them is over. */
  takeDue(nowMs: number, timing: CoalesceTiming): void {
    for (const service of this.values()) {
      if (!service.batch || dueAtMs(service.batch, timing) > nowMs) continue;
      service.taken = service.batch;
      service.batch = undefined;
      service.isForced = false;
    }
  }

  /** The look is over, however it ended. */
  releaseTaken(): void {
    for (const service of this.values()) service.taken = undefined;
  }

  /** When the next batch is due; Infinity when there is none. */
  nextDueMs(timing: CoalesceTiming): number {
    return Math.min(
      Infinity,
      ...[...this.values()].flatMap(({ batch }) => (batch ? [dueAtMs(batch, timing)] : [])),
    );
  }

  views(needs: ReadonlyMap<string, readonly string[]> | undefined): Map<string, ServiceView> {
    return new Map([...this].map(([name, service]) => [name, service.view(needs?.get(name) ?? [])]));
  }
}
