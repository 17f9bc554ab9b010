// Syncs files into the releases that have rules for it: knows which image each of them runs, and what it is made of.

import type { SyncRule } from '../config/sync-schema.ts';
import type { DigestMemory } from '../images/context/context-fingerprint.ts';
import type { BuildRequest } from '../images/image-store.ts';
import { Failure } from '../failure.ts';
import type { ReleaseSpec } from '../releases/release-store.ts';
import type { ClusterApi } from '../kubernetes/client/cluster-api.ts';
import type { ContainerExec } from '../kubernetes/exec/container-exec.ts';
import { parseManifest } from '../kubernetes/parse-manifest.ts';
import type { PodFeed } from '../kubernetes/client/pod-feed.ts';
import type { EnvironmentRun } from '../up/environment-run.ts';
import type { SourceSnapshot } from './plan-sync.ts';
import { readSnapshot } from './source-snapshot.ts';
import { ProgramRefused, SyncRefused } from './sync-failure.ts';
import { SyncCoverage } from './sync-rules.ts';
import { findSyncTarget } from './sync-target.ts';
import { SyncedPods } from './synced-pods.ts';
import { SourcesMoved, SyncedRelease } from './synced-release.ts';

export interface SyncConnection {
  readonly api: ClusterApi;
  readonly exec: ContainerExec;
  readonly feed: PodFeed;
}

export interface FileSyncOptions {
  readonly connect: () => Promise<SyncConnection>;
  /** The manifest that this version of a release comes to. */
  readonly render: (spec: ReleaseSpec) => Promise<string>;
  readonly projectFolder: string;
  readonly warn: (text: string) => void;
  /** Aborts when syncing is over. */
  readonly signal: AbortSignal;
}

export type SyncOutcome =
  /** What is wanted is served. */
  | { readonly kind: 'served'; readonly what: string }
  /** The program does not run with these files; those of before are served. */
  | { readonly kind: 'failed'; readonly what: string; readonly failure: Failure }
  /** A new image is needed. */
  | { readonly kind: 'rebuild'; readonly reason: string }
  /** The release has no rules, or its sources moved on: nothing is to be said about it. */
  | { readonly kind: 'unfit' };

const LOG_LINES = 20;
const FOUND_WITHIN_MS = 5_000;

interface Deployed {
  readonly image: string;
  readonly fingerprint: string | undefined;
  readonly settings: string | undefined;
  /** Undefined, or resolves with undefined, where it is not known what the image was built from. */
  readonly release: Promise<SyncedRelease | undefined>;
  /** What is served in the place of the image alone. */
  synced: string | undefined;
  close: () => void;
}

export class FileSync {
  readonly #options: FileSyncOptions;
  /** By service ('release:backend'). */
  readonly #deployed = new Map<string, Deployed>();
  readonly #snapshots = new WeakMap<BuildRequest, Promise<SourceSnapshot | undefined>>();
  /** By image name. */
  readonly #memories = new Map<string, DigestMemory>();

  constructor(options: FileSyncOptions) {
    this.#options = options;
  }

  /** Its image is about to be built: what of is known only now. */
  prepare(service: string, run: EnvironmentRun): void {
    const request = requestOf(run, service);
    if (request) void this.#snapshotOf(request.name, request.build).catch(() => undefined);
  }

  /** From now on its pods run the image of this version. */
  deployed(service: string, run: EnvironmentRun): void {
    this.#deployed.get(service)?.close();
    this.#deployed.delete(service);
    const request = requestOf(run, service);
    if (!request) return;
    const stop = new AbortController();
    const release = this.#begin(service, run, request, AbortSignal.any([stop.signal, this.#options.signal]));
    // Whoever asks for a sync gets the failure.
    release.catch(() => undefined);
    const { fingerprint, settings } = desiredOf(run, service) ?? {};
    const image = request.build.reference;
    const close = (): void => stop.abort();
    this.#deployed.set(service, { image, fingerprint, settings, release, synced: undefined, close });
  }

  /** The fingerprint of what its pods serve, given the one of the release that helm has: that, or what was synced. */
  servedOf(service: string, byHelm: string | undefined): string | undefined {
    const deployed = this.#deployed.get(service);
    return deployed !== undefined && deployed.fingerprint === byHelm ? (deployed.synced ?? byHelm) : byHelm;
  }

  /** Tries to bring the pods of a service to this version without a new image. Rejects only for a bug. */
  async bring(service: string, run: EnvironmentRun, signal: AbortSignal): Promise<SyncOutcome> {
    const deployed = this.#deployed.get(service);
    const request = requestOf(run, service);
    const desired = desiredOf(run, service);
    if (!deployed || !request || !desired) return { kind: 'unfit' };
    const isSettled = deployed.settings === desired.settings;
    // Another chart or value has to be deployed. Where it comes with the same image pods may stay, synced files too.
    if (!isSettled && (deployed.synced === undefined || deployed.image !== request.build.reference))
      return { kind: 'unfit' };
    try {
      const release = await inTime(deployed.release, signal);
      const wanted = await this.#snapshotOf(request.name, request.build);
      if (!release || !wanted) return { kind: 'unfit' };
      const { files, after } = await release.bring(wanted, signal);
      deployed.synced = isSettled ? desired.fingerprint : undefined;
      if (!isSettled) return { kind: 'unfit' };
      return { kind: 'served', what: describe(files, after) };
    } catch (error) {
      if (error instanceof ProgramRefused) return { kind: 'failed', what: 'sync', failure: error };
      if (error instanceof SourcesMoved || signal.aborted) return { kind: 'unfit' };
      if (error instanceof SyncRefused) return { kind: 'rebuild', reason: error.message };
      if (error instanceof Failure) return { kind: 'rebuild', reason: error.message };
      throw error;
    }
  }

  /** Follows its pods until the signal aborts; they can take files from when it resolves. */
  async #begin(
    service: string,
    run: EnvironmentRun,
    { name, build, rules }: Request,
    signal: AbortSignal,
  ): Promise<SyncedRelease | undefined> {
    const { connect, render, projectFolder, warn } = this.#options;
    const spec = run.releases.get(service)!;
    const built = await this.#snapshotOf(name, build);
    if (!built) return undefined;
    const target = findSyncTarget(parseManifest(await render(spec), spec.namespace), build.reference);
    if ('problem' in target) throw new SyncRefused(target.problem);
    const { api, exec, feed } = await connect();
    const pods = new SyncedPods({
      ...{ exec, target },
      onTrouble: warn,
      logOf: (pod) => logOf(api, { namespace: target.namespace, pod, container: target.container }),
    });
    const first = Promise.withResolvers<void>();
    const follow = async (): Promise<void> => {
      for await (const seen of feed.follow(target.namespace, signal)) {
        pods.observe(seen);
        first.resolve();
      }
      pods.close();
      first.resolve();
    };
    follow().catch(first.reject);
    await first.promise;
    return new SyncedRelease({
      ...{ name: spec.name, namespace: spec.namespace, environment: run.name, image: build.reference },
      ...{ built, pods, api, contextFolder: build.contextFolder },
      coverage: new SyncCoverage(rules),
      prefix: prefixOf(build.contextFolder, projectFolder),
    });
  }

  #snapshotOf(name: string, request: BuildRequest): Promise<SourceSnapshot | undefined> {
    const known = this.#snapshots.get(request);
    if (known) return known;
    const memory = this.#memories.get(name) ?? {};
    this.#memories.set(name, memory);
    const snapshot = readSnapshot(request, memory, this.#options.signal);
    this.#snapshots.set(request, snapshot);
    return snapshot;
  }
}

interface Request {
  /** Of the image. */
  readonly name: string;
  readonly build: BuildRequest;
  readonly rules: readonly SyncRule[];
}

/** The image that the rules of a service are about; undefined where it has none. */
function requestOf(run: EnvironmentRun, service: string): Request | undefined {
  const [group, name = ''] = service.split(/:(.*)/);
  const release = group === 'release' ? run.environment.releases[name] : undefined;
  if (!release?.sync) return undefined;
  const image = release.sync.image ?? Object.values(release.images)[0]!;
  const build = run.builds.get(image);
  return build ? { name: image, build, rules: release.sync.rules } : undefined;
}

function desiredOf(run: EnvironmentRun, service: string) {
  return run.desired.releases.find(({ group, name }) => `${group}:${name}` === service);
}

function describe(files: number, after: string): string {
  const what = `sync ${files} ${files === 1 ? 'file' : 'files'}`;
  if (after === 'nothing') return what;
  return after === 'restart' ? `${what}, restart` : `${what}, ${after}`;
}

/** Its pods are looked up while nobody waits; where that goes on, an image is sooner there. */
async function inTime<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const late = Promise.withResolvers<never>();
  const giveUp = (): void => late.reject(new SyncRefused('its pods are not known yet'));
  const timer = setTimeout(giveUp, FOUND_WITHIN_MS);
  signal.addEventListener('abort', giveUp, { once: true });
  return Promise.race([promise, late.promise]).finally(() => {
    clearTimeout(timer);
    signal.removeEventListener('abort', giveUp);
  });
}

function prefixOf(contextFolder: string, projectFolder: string): string {
  return contextFolder === projectFolder ? '' : `${contextFolder.slice(projectFolder.length + 1)}/`;
}

async function logOf(
  api: ClusterApi,
  query: { namespace: string; pod: string; container: string },
): Promise<readonly string[]> {
  const signal = AbortSignal.timeout(5_000);
  const text = await api.logs({ ...query, tailLines: LOG_LINES }, signal).catch(() => '');
  return text.split('\n').filter((line) => line !== '');
}
