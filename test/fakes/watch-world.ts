// A WatchWorld in memory: files, services made of the files in their folder, and runs that take their time.

import { Failure } from '../../src/failure.ts';
import type { Clock } from '../../src/watch/clock.ts';
import { folderRoot } from '../../src/watch/watch-root.ts';
import type { RunEnd, Scene, WatchWorld } from '../../src/watch/watch-world.ts';

export interface FakeRun {
  readonly service: string;
  readonly startedAtMs: number;
  end: RunEnd['name'] | undefined;
}

export class FakeWatchWorld implements WatchWorld<Scene> {
  /** By path, '/<service>/<file>'. */
  readonly files = new Map<string, string>();
  /** What each service answers: its files when its last good run read them. */
  readonly served = new Map<string, string>();
  readonly runs: FakeRun[] = [];
  readonly needs = new Map<string, readonly string[]>();
  runMs = 1_000;
  lookMs = 10;
  looks = 0;
  /** The next look fails so. */
  lookFailure: Failure | undefined;
  readonly #clock: Clock;
  readonly #tree: () => { touch(path: string): void };
  readonly #remembered = new Map<string, string>();
  #forgotten = 0;

  constructor(clock: Clock, tree: () => { touch(path: string): void }) {
    this.#clock = clock;
    this.#tree = tree;
  }

  /** Writes a file, as an editor does; the tree tells of it when it can. */
  write(path: string, text: string): void {
    this.files.set(path, text);
    this.#tree().touch(path);
  }

  get services(): string[] {
    return [...new Set([...this.files.keys()].map((path) => path.split('/')[1]!))].sort();
  }

  /** What is on disk of a service. */
  contentOf(service: string): string {
    return [...this.files]
      .filter(([path]) => path.startsWith(`/${service}/`))
      .map(([path, text]) => `${path}=${text}`)
      .sort()
      .join(';');
  }

  forget(root: string | undefined): void {
    this.#forgotten++;
    if (root === undefined) this.#remembered.clear();
    else this.#remembered.delete(root);
  }

  async look(signal: AbortSignal): Promise<Scene> {
    this.looks++;
    const before = this.#forgotten;
    // Read first, then dawdle: what changes meanwhile is not in it.
    const wanted = new Map(
      this.services.map((service) => [service, this.#remembered.get(service) ?? this.contentOf(service)]),
    );
    await this.#pass(this.lookMs, signal);
    const failure = this.lookFailure;
    this.lookFailure = undefined;
    if (failure) throw failure;
    if (before === this.#forgotten) for (const [service, text] of wanted) this.#remembered.set(service, text);
    const all = { key: 'all', matters: () => true, reaches: () => true };
    return {
      wanted,
      needs: this.needs,
      roots: [...wanted.keys()].map((service) => folderRoot(service, `/${service}`, all)),
      reach: new Map([...wanted.keys()].map((service) => [service, [service]])),
    };
  }

  async redeploy(service: string, scene: Scene, signal: AbortSignal): Promise<RunEnd> {
    const run: FakeRun = { service, startedAtMs: this.#clock.nowMs(), end: undefined };
    this.runs.push(run);
    const end = await this.#work(service, scene.wanted.get(service)!, signal);
    run.end = end.name;
    return end;
  }

  async #work(service: string, target: string, signal: AbortSignal): Promise<RunEnd> {
    const report = { what: 'files' };
    const before = this.served.get(service);
    const read = this.contentOf(service);
    if (read !== target) return { name: 'stale', served: before, report };
    try {
      await this.#pass(this.runMs, signal);
    } catch {
      return { name: 'cancelled', served: before, report };
    }
    if (target.includes('broken'))
      return { name: 'failed', served: before, failure: new Failure('build', 'it is broken'), report };
    this.served.set(service, read);
    return { name: 'served', report };
  }

  #pass(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason as Error);
      const stop = (): void => {
        callOff();
        reject(signal.reason as Error);
      };
      const callOff = this.#clock.after(ms, () => {
        signal.removeEventListener('abort', stop);
        resolve();
      });
      signal.addEventListener('abort', stop, { once: true });
    });
  }
}
