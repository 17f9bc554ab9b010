// A ReleaseStore in memory: revisions are counted, half-done releases are repaired, strangers' are refused.

import { Failure } from '../../src/failure.ts';
import type {
  ApplyOptions,
  ReleaseSpec,
  ReleaseStatus,
  ReleaseStore,
  StoredRelease,
} from '../../src/releases/release-store.ts';
import { isOurs, OWNER, OWNER_LABEL } from '../../src/kubernetes/ownership.ts';

/** A chart: gives the manifest for a release. Throws Failure 'chart' for values that it does not take. */
export type FakeChart = (spec: ReleaseSpec) => string;

export type ReleaseCall = 'list' | 'lint' | 'render' | 'apply' | 'rollback' | 'relabel' | 'uninstall';

interface ReleaseName {
  readonly name: string;
  readonly namespace: string;
}

export class FakeReleaseStore implements ReleaseStore {
  readonly #charts: Readonly<Record<string, FakeChart>>;
  readonly #releases = new Map<string, StoredRelease>();
  /** By release, its revisions that worked. */
  readonly #history = new Map<string, StoredRelease[]>();
  readonly #failures: { readonly call: ReleaseCall; readonly name: string; readonly failure: Failure }[] = [];
  /** 'apply todo/backend', in the order of the calls. */
  readonly calls: string[] = [];

  /** @param charts by the path by which releases name them; any other chart is unexpected */
  constructor(charts: Readonly<Record<string, FakeChart>>) {
    this.#charts = charts;
  }

  /** Puts a release there as somebody else, or an interrupted run, would have left it. */
  add(release: StoredRelease): void {
    this.#releases.set(keyOf(release), release);
  }

  /** As the end of its namespace would: helm keeps its records there. */
  forget(release: ReleaseName): void {
    if (!this.#releases.delete(keyOf(release))) throw new Error(`there is no release ${keyOf(release)}`);
  }

  /** What an interruption does to a release. */
  setStatus(release: ReleaseName, status: ReleaseStatus): void {
    const found = this.#releases.get(keyOf(release));
    if (found === undefined) throw new Error(`there is no release ${keyOf(release)}`);
    this.add({ ...found, status });
  }

  /** The next such call for the release rejects; an apply leaves it as failed, as helm does. */
  failNext(call: Exclude<ReleaseCall, 'list'>, name: string, failure: Failure): void {
    this.#failures.push({ call, name, failure });
  }

  async list(signal: AbortSignal): Promise<StoredRelease[]> {
    this.#begin('list', undefined, signal);
    return [...this.#releases.values()];
  }

  async lint(spec: ReleaseSpec, signal: AbortSignal): Promise<void> {
    this.#begin('lint', spec, signal);
    this.#chartOf(spec)(spec);
  }

  async render(spec: ReleaseSpec, signal: AbortSignal): Promise<string> {
    this.#begin('render', spec, signal);
    return this.#chartOf(spec)(spec);
  }

  async apply(
    spec: ReleaseSpec,
    { labels, signal, onRepair, after: moment }: ApplyOptions,
  ): Promise<StoredRelease> {
    await moment;
    const before = this.#ours(spec);
    const isHalfDone = before !== undefined && /^(pending-|uninstalling)/.test(before.status);
    if (isHalfDone) onRepair?.(`it was ${before.status}`);
    const startsAnew =
      isHalfDone && before.status !== 'pending-upgrade' && before.status !== 'pending-rollback';
    const revision = (startsAnew ? 0 : (before?.revision ?? 0)) + (isHalfDone && !startsAnew ? 2 : 1);
    const { name, namespace } = spec;
    const after = { name, namespace, revision, labels: { ...labels, [OWNER_LABEL]: OWNER } };
    try {
      this.#begin('apply', spec, signal);
    } catch (error) {
      if (error instanceof Failure && error.code !== 'interrupted') this.add({ ...after, status: 'failed' });
      throw error;
    }
    const stored: StoredRelease = { ...after, status: 'deployed', manifest: this.#chartOf(spec)(spec) };
    this.#keep(stored);
    return stored;
  }

  async rollback(
    release: ReleaseName,
    { toRevision, signal }: { toRevision: number; signal: AbortSignal },
  ): Promise<StoredRelease> {
    this.#begin('rollback', release, signal);
    const latest = this.#ours(release);
    const wanted = this.#history.get(keyOf(release))?.find(({ revision }) => revision === toRevision);
    if (!latest || !wanted)
      throw new Failure('release', `release ${release.name} has no revision ${toRevision} to go back to`);
    const stored: StoredRelease = { ...wanted, revision: latest.revision + 1, status: 'deployed' };
    this.#keep(stored);
    return stored;
  }

  async uninstall(release: ReleaseName, signal: AbortSignal): Promise<boolean> {
    this.#begin('uninstall', release, signal);
    if (this.#ours(release) === undefined) return false;
    this.#history.delete(keyOf(release));
    return this.#releases.delete(keyOf(release));
  }

  async relabel(
    release: ReleaseName,
    labels: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<void> {
    this.#begin('relabel', release, signal);
    const found = this.#ours(release);
    if (found !== undefined) this.add({ ...found, labels: { ...found.labels, ...labels } });
  }

  #keep(stored: StoredRelease): void {
    this.add(stored);
    this.#history.set(keyOf(stored), [...(this.#history.get(keyOf(stored)) ?? []), stored]);
  }

  #begin(call: ReleaseCall, release: ReleaseName | undefined, signal: AbortSignal): void {
    if (signal.aborted) throw new Failure('interrupted', `stopped: ${call}`);
    this.calls.push(release === undefined ? call : `${call} ${keyOf(release)}`);
    const index = this.#failures.findIndex((next) => next.call === call && next.name === release?.name);
    const [scripted] = index < 0 ? [] : this.#failures.splice(index, 1);
    if (scripted !== undefined) throw scripted.failure;
  }

  #ours(release: ReleaseName): StoredRelease | undefined {
    const found = this.#releases.get(keyOf(release));
    if (found === undefined || isOurs(found.labels)) return found;
    throw new Failure('ownership', `release ${keyOf(release)} exists and was not installed by Slipway`);
  }

  #chartOf(spec: ReleaseSpec): FakeChart {
    const chart = this.#charts[spec.chart];
    if (chart === undefined) throw new Error(`the test did not expect the chart ${spec.chart}`);
    return chart;
  }
}

function keyOf({ name, namespace }: ReleaseName): string {
  return `${namespace}/${name}`;
}
