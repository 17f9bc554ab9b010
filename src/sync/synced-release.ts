// One release that files are synced into, for as long as the same image of it is deployed.

import { readFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { ClusterApi } from '../kubernetes/client/cluster-api.ts';
import { isOurs } from '../kubernetes/ownership.ts';
import { isSame, planSync, SYNC_LIMITS, type SourceSnapshot, type SyncChange } from './plan-sync.ts';
import { syncRecord } from './sync-record.ts';
import { SyncRefused } from './sync-failure.ts';
import type { SyncCoverage } from './sync-rules.ts';
import { countOf, deltaOf, stateOf, syncItem, type SyncItem, type SyncSet } from './sync-set.ts';
import type { SyncedPods } from './synced-pods.ts';
import { recordOf } from './synced-releases.ts';

export interface SyncedReleaseOptions {
  readonly name: string;
  readonly namespace: string;
  readonly environment: string;
  readonly image: string;
  /** What the image was built from. */
  readonly built: SourceSnapshot;
  readonly coverage: SyncCoverage;
  /** What paths of the context begin with in the project: '' or 'apps/todo/'. */
  readonly prefix: string;
  /** Absolute. */
  readonly contextFolder: string;
  readonly pods: SyncedPods;
  readonly api: Pick<ClusterApi, 'get' | 'apply' | 'delete'>;
}

export interface SyncDone {
  /** Files that were sent, or taken away. */
  readonly files: number;
  readonly after: string;
}

/** The sources went on changing while they were read. */
export class SourcesMoved extends Error {}

export class SyncedRelease {
  readonly #options: SyncedReleaseOptions;
  #touched: ReadonlySet<string> = new Set();
  #hasRecord = false;

  constructor(options: SyncedReleaseOptions) {
    this.#options = options;
  }

  get pods(): SyncedPods {
    return this.#options.pods;
  }

  /**
   * Brings all its containers to what the snapshot says. Rejects with SyncRefused where a new image is needed, with
   * ProgramRefused where the program does not start with the files, with SourcesMoved, or with a Failure of the API.
   */
  async bring(wanted: SourceSnapshot, signal: AbortSignal): Promise<SyncDone> {
    const { built, coverage, prefix, pods } = this.#options;
    const touched = this.#touched;
    const plan = planSync({ built, wanted, touched, coverage, prefix, limits: SYNC_LIMITS });
    if (plan.kind === 'rebuild') throw new SyncRefused(plan.reason);
    const set = await this.#read(plan.changes);
    // Against what the containers have by now: that is what one of them is sent.
    const known = new Map([...pods.set.items.values()].map(({ place, state }) => [place, state]));
    const asBuilt = plan.changes.map(({ place, was }) => [place, stateOf(was, was)] as const);
    const { items, after } = deltaOf(set, new Map([...asBuilt, ...known]));
    signal.throwIfAborted();
    // Before anything differs from the image, the cluster says so.
    if (!this.#hasRecord) await this.#record({ ...set, items: new Map() }, signal);
    await pods.apply(set);
    this.#touched = new Set([...touched, ...plan.changes.map(({ path }) => path)]);
    await this.#record(set, signal);
    return { files: items.length, after };
  }

  async #read(changes: readonly SyncChange[]): Promise<SyncSet> {
    const { built, coverage, prefix, contextFolder } = this.#options;
    const items = await Promise.all(
      changes.map(async (change): Promise<[string, SyncItem]> => {
        const { place, path, entry, was } = change;
        const isAsBuilt = isSame(entry, was);
        if (entry?.kind !== 'file') return [place, syncItem(change, undefined, isAsBuilt)];
        const content = await readFile(join(contextFolder, path)).catch((cause: unknown) => {
          throw new SourcesMoved(path, { cause });
        });
        if (createHash('sha256').update(content).digest('hex') !== entry.digest) throw new SourcesMoved(path);
        return [place, syncItem(change, content, isAsBuilt)];
      }),
    );
    const changed = new Set(changes.map(({ path }) => path));
    const untouched = new Map<string, string>();
    for (const [path, entry] of built.entries) {
      if (changed.has(path) || entry.kind !== 'file') continue;
      const cover = coverage.of(prefix + path);
      if (cover.kind === 'sync') untouched.set(cover.place, stateOf(entry, entry));
    }
    return { items: new Map(items), untouched };
  }

  async #record(set: SyncSet, signal: AbortSignal): Promise<void> {
    const { api, environment, image } = this.#options;
    if (this.#hasRecord && countOf(set) === 0) {
      // They have what the image has again.
      await api.delete(recordOf(this.#options), signal);
      this.#hasRecord = false;
      return;
    }
    if (!this.#hasRecord) {
      const there = await api.get(recordOf(this.#options), signal);
      if (there && !isOurs(there.metadata.labels))
        throw new SyncRefused(`the ConfigMap ${there.metadata.name} is there, and not made by Slipway`);
    }
    const record = await syncRecord(this.#options, { environment, image, set });
    await api.apply(record, { signal });
    this.#hasRecord = true;
  }
}
