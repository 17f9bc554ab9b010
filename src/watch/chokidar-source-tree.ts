// SourceTree by chokidar: file events where there are such, else polling.

import type { Stats } from 'node:fs';
import { watch, type FSWatcher } from 'chokidar';
import { explainLimit, type InotifyLimits } from './inotify-limit.ts';
import type { OnHint, SourceTree } from './source-tree.ts';
import { RootIndex, type WatchRoot } from './watch-root.ts';

export interface ChokidarOptions {
  readonly onHint: OnHint;
  /** For file systems without events: network shares, folders of the host in a virtual machine. */
  readonly poll: boolean;
  /** Time between two looks when polling. Default 1 s. */
  readonly pollEveryMs?: number;
  readonly limits?: InotifyLimits | undefined;
  /** Starts a watcher; for tests of what happens when it cannot. */
  readonly start?: typeof watch;
}

export class ChokidarSourceTree implements SourceTree {
  readonly #options: ChokidarOptions;
  #isPolling: boolean;
  #index = new RootIndex([]);
  #watcher: FSWatcher | undefined;
  /** Events of this turn of the event loop: the kernel's whole queue is read in one turn. */
  #eventsInTurn = 0;
  #isClosed = false;

  constructor(options: ChokidarOptions) {
    this.#options = options;
    this.#isPolling = options.poll;
  }

  async follow(roots: readonly WatchRoot[], signal: AbortSignal): Promise<void> {
    const index = new RootIndex(roots);
    if (this.#watcher && index.key === this.#index.key) return;
    this.#index = index;
    // A watcher cannot be told to want other paths of a folder. The old one goes when the new one sees.
    const former = this.#watcher;
    await this.#open(signal);
    await former?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await this.#watcher?.close();
  }

  async #open(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const index = this.#index;
    const watcher = (this.#options.start ?? watch)(index.folders, {
      ignoreInitial: true,
      // A link counts as what it says, not as what it points at: so the engine sees it.
      followSymlinks: false,
      // Coalescing is ours; waiting 100 ms for the second half of an atomic save would only delay it.
      atomic: false,
      ignorePermissionErrors: true,
      backend: this.#isPolling ? 'polling' : 'native',
      pollingInterval: this.#options.pollEveryMs ?? 1_000,
      pollingBinaryInterval: this.#options.pollEveryMs ?? 1_000,
      ignored: (path: string, stats?: Stats) => index.isIgnored(path, stats?.isDirectory()),
    });
    this.#watcher = watcher;
    await new Promise<void>((resolve, reject) => {
      const stop = (): void => {
        void watcher.close();
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', stop, { once: true });
      const ready = (): void => {
        signal.removeEventListener('abort', stop);
        resolve();
      };
      watcher.on('ready', ready);
      watcher.on('all', (_event, path) => this.#tell(path));
      // Chokidar compares times and sizes before it speaks; the bare event also tells of a write that left both alone.
      watcher.on('raw', (_event, name, details) =>
        this.#count(name, details as { readonly watchedPath?: string }),
      );
      watcher.on('error', (error) => {
        if (this.#watcher === watcher) this.#failed(error as NodeJS.ErrnoException, watcher, signal, ready);
      });
    });
  }

  #failed(error: NodeJS.ErrnoException, watcher: FSWatcher, signal: AbortSignal, done: () => void): void {
    const { onHint, limits } = this.#options;
    const limit = explainLimit(error.code, limits);
    if (!limit || this.#isPolling) {
      onHint({ kind: 'lost', reason: `the watcher says: ${error.message}` });
      return;
    }
    this.#isPolling = true;
    onHint({ kind: 'polling', ...limit });
    void watcher
      .close()
      .then(() => (this.#isClosed ? undefined : this.#open(signal)))
      // Changes between the two watchers were seen by none.
      .then(() => onHint({ kind: 'lost', reason: 'began to poll' }))
      .catch((reason: unknown) => onHint({ kind: 'lost', reason: `cannot poll: ${String(reason)}` }))
      .finally(done);
  }

  #count(name: string | null, { watchedPath }: { readonly watchedPath?: string }): void {
    if (this.#isPolling) return;
    if (this.#eventsInTurn++ === 0) setImmediate(() => this.#endTurn());
    if (name !== null && watchedPath !== undefined) this.#tell(`${watchedPath}/${name}`);
  }

  /**
   * The kernel drops what does not fit into its queue, and Node does not say so. A queue that was read full may
   * have been too small, so that is taken for a loss.
   */
  #endTurn(): void {
    const events = this.#eventsInTurn;
    this.#eventsInTurn = 0;
    const { limits, onHint } = this.#options;
    if (limits === undefined || events < limits.queuedEvents) return;
    onHint({
      kind: 'lost',
      reason: `${events} file events came at once, more than fs.inotify.max_queued_events = ${limits.queuedEvents} may hold`,
    });
  }

  #tell(path: string): void {
    if (this.#isClosed) return;
    for (const root of this.#index.rootsOf(path)) this.#options.onHint({ kind: 'changed', root, path });
  }
}
