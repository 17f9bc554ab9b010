// A WatchLoop over fakes that has begun and has nothing to do.

import { Failure } from '../../src/failure.ts';
import { DEFAULT_TIMING } from '../../src/watch/debounce.ts';
import type { WatchEvent } from '../../src/watch/watch-event.ts';
import { WatchLoop, type WatchTiming } from '../../src/watch/watch-loop.ts';
import { settle } from '../../src/watch/watch-state.ts';
import type { Scene } from '../../src/watch/watch-world.ts';
import { FakeClock } from '../fakes/clock.ts';
import { FakeSourceTree } from '../fakes/source-tree.ts';
import { FakeWatchWorld } from '../fakes/watch-world.ts';

export const timing: WatchTiming = { ...DEFAULT_TIMING, cancelRestMs: 500, sweepEveryMs: 15_000 };

export class Stage {
  readonly clock = new FakeClock();
  readonly events: WatchEvent[] = [];
  readonly tree: FakeSourceTree = new FakeSourceTree((hint) => this.loop.hint(hint));
  readonly world = new FakeWatchWorld(this.clock, () => this.tree);
  readonly loop: WatchLoop<Scene>;
  readonly #stop = new AbortController();
  #ended: Promise<void> | undefined;

  constructor(changes: Partial<WatchTiming> = {}) {
    this.loop = new WatchLoop({
      ...{ world: this.world, tree: this.tree, clock: this.clock, timing: { ...timing, ...changes } },
      emit: (event) => void this.events.push(event),
      described: (service) => this.world.served.get(service),
      begin: (service, wanted) => settle(this.world.served.get(service), wanted),
    });
  }

  async begin(services: readonly string[]): Promise<void> {
    for (const service of services) {
      this.world.files.set(`/${service}/main`, 'v0');
      this.world.served.set(service, this.world.contentOf(service));
    }
    this.#ended = this.loop.run(this.#stop.signal);
    await this.clock.advance(100);
  }

  /** Long enough for everything to come to rest, sweeps left out. */
  rest(): Promise<void> {
    return this.clock.advance(14_000);
  }

  async end(): Promise<void> {
    this.#stop.abort(new Failure('interrupted', 'the test is over'));
    await this.#ended;
  }

  get runs(): string[] {
    return this.world.runs.map(({ service, end }) => `${service} ${end}`);
  }

  kinds(kind: WatchEvent['kind']): WatchEvent[] {
    return this.events.filter((event) => event.kind === kind);
  }
}
