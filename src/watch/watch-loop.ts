// Keeps services in step with their sources. Decides by watch-state.ts; knows when, not how.

import { Failure } from '../failure.ts';
import type { Clock } from './clock.ts';
import type { CoalesceTiming } from './debounce.ts';
import type { Hint, SourceTree } from './source-tree.ts';
import type { WatchEvent } from './watch-event.ts';
import { cancel, decide, end, retry, start, type ServiceState } from './watch-state.ts';
import { RootIndex } from './watch-root.ts';
import { WatchedServices, type WatchedService } from './watched-service.ts';
import type { RunEnd, Scene, WatchWorld } from './watch-world.ts';

export interface WatchTiming extends CoalesceTiming {
  /** How long a newer change has to rest before it cancels a run that it makes useless. */
  readonly cancelRestMs: number;
  /** Time between two looks at everything, for changes that no event announced. */
  readonly sweepEveryMs: number;
}

export interface WatchLoopOptions<S extends Scene> {
  readonly world: WatchWorld<S>;
  readonly tree: SourceTree;
  readonly clock: Clock;
  readonly timing: WatchTiming;
  readonly emit: (event: WatchEvent) => void;
  /** The first state of a service, by what the cluster has of it. */
  readonly begin: (service: string, wanted: string) => ServiceState;
  /** What was wanted of a service when `up` read its sources. */
  readonly described: (service: string) => string | undefined;
}

export class WatchLoop<S extends Scene> {
  readonly #options: WatchLoopOptions<S>;
  readonly #services = new WatchedServices<S>();
  readonly #runs = new Set<Promise<void>>();
  readonly #ended = Promise.withResolvers<void>();
  #scene: S | undefined;
  /** Key of the roots that the tree follows. */
  #followed: string | undefined;
  #isUnsure = false;
  #looking: Promise<void> | undefined;
  #sweepAtMs = Infinity;
  #callOff: (() => void) | undefined;
  #signal = new AbortController().signal;

  constructor(options: WatchLoopOptions<S>) {
    this.#options = options;
  }

  /** Ends well when the signal aborts, after all runs have ended; rejects only for a bug. */
  async run(signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    const stop = (): void => this.#ended.resolve();
    signal.addEventListener('abort', stop, { once: true });
    try {
      if (!signal.aborted) {
        this.#sweepAtMs = this.#now() + this.#options.timing.sweepEveryMs;
        this.#look('event');
        await this.#ended.promise;
      }
    } finally {
      signal.removeEventListener('abort', stop);
      this.#callOff?.();
      for (const { abort } of this.#services.values()) abort?.abort(signal.reason);
      await Promise.all([this.#looking, ...this.#runs]);
    }
  }

  /** To be given to the source tree. */
  hint(hint: Hint): void {
    if (this.#signal.aborted) return;
    const { world, emit } = this.#options;
    this.#isUnsure ||= this.#scene === undefined;
    if (hint.kind === 'changed') {
      world.forget(hint.root);
      for (const name of this.#scene?.reach.get(hint.root) ?? [])
        this.#services.get(name)?.stir(hint.path, this.#now());
    } else {
      emit(hint);
      world.forget(undefined);
      for (const service of this.#services.values()) service.stir(undefined, this.#now());
    }
    this.#schedule();
  }

  /** Runs for a service although nothing has changed. Gives false when there is a run or a change of its own. */
  retry(name: string): boolean {
    const service = this.#services.get(name);
    if (service?.state.name !== 'failed' && service?.state.name !== 'idle') return false;
    service.state = retry(service.state);
    service.changedAtMs = this.#now();
    this.#pump();
    return true;
  }

  stateOf(service: string): ServiceState | undefined {
    return this.#services.get(service)?.state;
  }

  #now(): number {
    return this.#options.clock.nowMs();
  }

  /** Does all that can be done now, and sees to it that it is called when there will be more. */
  #pump(): void {
    if (this.#signal.aborted) return;
    const now = this.#now();
    if (!this.#looking) {
      if (now >= this.#sweepAtMs) this.#look('sweep');
      else if (now >= this.#services.nextDueMs(this.#options.timing)) this.#look('event');
    }
    const { starts, cancels, held } = this.#decide(now);
    for (const name of cancels) {
      const service = this.#services.get(name)!;
      service.state = cancel(service.state);
      this.#options.emit({ kind: 'cancelling', service: name });
      service.abort?.abort(new Failure('interrupted', 'a newer change has made it useless'));
    }
    for (const { service: name, reason } of held) {
      const service = this.#services.get(name)!;
      if (service.heldBecause !== reason) this.#options.emit({ kind: 'held', service: name, reason });
      service.heldBecause = reason;
    }
    for (const name of starts) this.#start(name);
    this.#schedule();
  }

  #schedule(): void {
    this.#callOff?.();
    if (this.#signal.aborted) return;
    const now = this.#now();
    const { askAtMs, starts, cancels } = this.#decide(now);
    const times = [askAtMs ?? Infinity];
    if (starts.length + cancels.length > 0) times.push(now);
    // While somebody looks, the end of that look comes first.
    if (!this.#looking) times.push(this.#sweepAtMs, this.#services.nextDueMs(this.#options.timing));
    const next = Math.min(...times);
    if (next < Infinity) this.#callOff = this.#options.clock.after(next - now, () => this.#pump());
  }

  #decide(nowMs: number): ReturnType<typeof decide> {
    const { cancelRestMs } = this.#options.timing;
    return decide(this.#services.views(this.#scene?.needs), { nowMs, cancelRestMs });
  }

  #look(foundBy: 'event' | 'sweep'): void {
    const { emit, timing } = this.#options;
    this.#services.takeDue(this.#now(), timing);
    if (foundBy === 'sweep') this.#options.world.forget(undefined);
    this.#looking = this.#read()
      .then((scene) => {
        const { timing, begin, described } = this.#options;
        const isFirst = this.#scene === undefined;
        const found = { foundBy, isFirst, nowMs: this.#now(), timing, begin, described };
        if (isFirst) emit({ kind: 'following' });
        this.#scene = scene;
        for (const event of this.#services.accept(scene, found)) emit(event);
      })
      .catch((error: unknown) => {
        if (this.#signal.aborted) return;
        if (error instanceof Failure) emit({ kind: 'look-failed', failure: error });
        else this.#ended.reject(error);
      })
      .finally(() => {
        this.#looking = undefined;
        this.#services.releaseTaken();
        if (foundBy === 'sweep') this.#sweepAtMs = this.#now() + timing.sweepEveryMs;
        // A hint that came before it was known whom it concerns.
        if (this.#isUnsure) this.#sweepAtMs = this.#now();
        this.#isUnsure = false;
        this.#pump();
      });
  }

  /** What is wanted, read while its sources were already followed: no change slips in between. */
  async #read(): Promise<S> {
    const { world, tree } = this.#options;
    for (;;) {
      const scene = await world.look(this.#signal);
      const { key } = new RootIndex(scene.roots);
      if (key === this.#followed) return scene;
      await tree.follow(scene.roots, this.#signal);
      this.#followed = key;
      world.forget(undefined);
    }
  }

  #start(name: string): void {
    const { world, emit } = this.#options;
    const service = this.#services.get(name)!;
    const abort = new AbortController();
    const startedAtMs = this.#now();
    service.state = start(service.state);
    service.abort = abort;
    service.heldBecause = undefined;
    service.isForced = false;
    const changedAtMs = service.changedAtMs ?? startedAtMs;
    emit({ kind: 'started', service: name, attempt: ++service.attempts });
    const run = world
      .redeploy(name, service.scene, abort.signal)
      .then((runEnd) => {
        const now = this.#now();
        service.abort = undefined;
        service.isForced = false;
        this.#finish(service, runEnd);
        emit({
          ...{ kind: 'ended', service: name, end: runEnd },
          ...{ sinceChangeMs: now - changedAtMs, durationMs: now - startedAtMs },
        });
      })
      .catch((error: unknown) => this.#ended.reject(error))
      .finally(() => {
        this.#runs.delete(run);
        this.#pump();
      });
    this.#runs.add(run);
  }

  #finish(service: WatchedService<S>, runEnd: RunEnd): void {
    if (runEnd.name === 'stale') {
      service.state = end(service.state, { name: 'cancelled', served: runEnd.served });
      this.#options.world.forget(undefined);
      // Its wait begins anew: it is written to faster than it can be read.
      service.batch = undefined;
      service.stir(undefined, this.#now());
      return;
    }
    service.state = end(service.state, runEnd);
    service.cancelCount = runEnd.name === 'cancelled' ? service.cancelCount + 1 : 0;
    service.wasUp ||= runEnd.name === 'served' || runEnd.served !== undefined;
    if (service.state.name === 'idle') service.attempts = 0;
  }
}
