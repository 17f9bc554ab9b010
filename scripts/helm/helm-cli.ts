// ReleaseStore by the helm program; what is installed is read from the cluster itself, without starting helm.

import { Failure } from '../failure.ts';
import type { ClusterApi } from '../kubernetes/cluster-api.ts';
import { isOurs, OWNER, OWNER_LABEL } from '../kubernetes/ownership.ts';
import { parseManifest } from '../kubernetes/parse-manifest.ts';
import { waitForGone } from '../kubernetes/wait-for-gone.ts';
import { quoteCommand } from '../process/quote-command.ts';
import { HelmProgram, type HelmProgramOptions } from './helm-program.ts';
import { planRepair } from './plan-repair.ts';
import { listLatestReleases, readLatestReleases, readRevisions, revisionQuery } from './release-secrets.ts';
import type { ApplyOptions, ReleaseSpec, ReleaseStore, StoredRelease } from './release-store.ts';

/** Revisions that helm keeps of a release. */
const HISTORY_LIMIT = 10;
/** For one operation of helm's, hooks included. */
const HELM_TIMEOUT = '5m';
/** Of a removal: longer than the grace period of any pod of ours. */
const REMOVED_WITHIN_MS = 120_000;

export interface HelmCliOptions extends HelmProgramOptions {
  /** The API of the same cluster; asked for only when one is needed (lint and render need none). */
  readonly connect: (signal: AbortSignal) => Promise<ClusterApi>;
}

interface ReleaseName {
  readonly name: string;
  readonly namespace: string;
}

export class HelmCli implements ReleaseStore {
  readonly #helm: HelmProgram;
  readonly #connect: (signal: AbortSignal) => Promise<ClusterApi>;

  constructor({ connect, ...options }: HelmCliOptions) {
    this.#helm = new HelmProgram(options);
    this.#connect = connect;
  }

  async list(signal: AbortSignal): Promise<StoredRelease[]> {
    return listLatestReleases(await this.#connect(signal), signal);
  }

  async lint(spec: ReleaseSpec, signal: AbortSignal): Promise<void> {
    const purpose = { doing: `accept chart ${spec.chart} for release ${spec.name}`, code: 'chart' } as const;
    await this.#helm.runWithValues(['lint', spec.chart], spec, purpose, signal);
  }

  render(spec: ReleaseSpec, signal: AbortSignal): Promise<string> {
    const purpose = { doing: `render release ${spec.name} from ${spec.chart}`, code: 'chart' } as const;
    return this.#helm.runWithValues(
      ['template', spec.name, spec.chart, '--include-crds'],
      spec,
      purpose,
      signal,
    );
  }

  async apply(spec: ReleaseSpec, options: ApplyOptions): Promise<StoredRelease> {
    const { labels, validates = true, after, hooksWithinMs, giveUp } = options;
    const signal = giveUp === undefined ? options.signal : AbortSignal.any([options.signal, giveUp]);
    // It may reject before it is waited for.
    after?.catch(() => undefined);
    const isThere = await this.#repair(spec, options);
    const args = [
      'upgrade',
      spec.name,
      spec.chart,
      ...this.#helm.clusterArgs,
      '--install',
      '--labels',
      formatLabels({ ...labels, [OWNER_LABEL]: OWNER }),
      '--history-max',
      String(HISTORY_LIMIT),
      '--timeout',
      hooksWithinMs === undefined ? HELM_TIMEOUT : `${Math.ceil(hooksWithinMs / 1000)}s`,
      ...(validates ? [] : ['--disable-openapi-validation']),
      // What somebody changed by hand gives way: `up` brings about what is declared.
      ...((await this.#helm.majorVersion(signal)) >= 4 ? ['--server-side=true', '--force-conflicts'] : []),
    ];
    const purpose = {
      doing: `${isThere ? 'upgrade' : 'install'} release ${spec.name}`,
      code: 'release',
      hooksWithinMs,
    } as const;
    await this.#helm.runWithValues(args, spec, purpose, signal, after);
    const [stored] = await this.#revisionsOf(spec, signal);
    if (stored === undefined)
      throw new Failure('release', `helm installed ${spec.name}, and yet it is not there`);
    return stored;
  }

  async rollback(
    release: ReleaseName,
    { toRevision, signal }: { toRevision: number; signal: AbortSignal },
  ): Promise<StoredRelease> {
    const revisions = await this.#revisionsOf(release, signal);
    refuseForeign(release, revisions);
    if (!revisions.some(({ revision }) => revision === toRevision))
      throw new Failure('release', `release ${release.name} has no revision ${toRevision} to go back to`);
    await this.#rollBack(release, toRevision, signal);
    const api = await this.#connect(signal);
    const query = { ...revisionQuery(release), metadataOnly: false };
    const [stored] = readLatestReleases(await api.list(query, signal));
    if (stored !== undefined) return stored;
    throw new Failure('release', `helm rolled ${release.name} back, and yet it is not there`);
  }

  async uninstall(release: ReleaseName, signal: AbortSignal): Promise<boolean> {
    const revisions = await this.#revisionsOf(release, signal);
    if (revisions.length === 0) return false;
    refuseForeign(release, revisions);
    await this.#remove(release, signal);
    const [left] = await this.#revisionsOf(release, signal);
    if (left === undefined) return true;
    throw new Failure('release', `helm uninstalled ${release.name}, and yet it is there as ${left.status}`);
  }

  /** Whether the release is there afterwards. */
  async #repair(release: ReleaseName, { signal, onRepair, after }: ApplyOptions): Promise<boolean> {
    const revisions = await this.#revisionsOf(release, signal);
    refuseForeign(release, revisions);
    const repair = planRepair(revisions);
    if (repair.action === 'none') return revisions.length > 0;
    await after;
    onRepair?.(repair.reason);
    if (repair.action === 'uninstall') {
      await this.#remove(release, signal);
      return false;
    }
    await this.#rollBack(release, repair.toRevision, signal);
    return true;
  }

  async #rollBack({ name, namespace }: ReleaseName, toRevision: number, signal: AbortSignal): Promise<void> {
    await this.#helm.run(
      [
        ...['rollback', name, String(toRevision), '--namespace', namespace, ...this.#helm.clusterArgs],
        ...['--history-max', String(HISTORY_LIMIT), '--timeout', HELM_TIMEOUT],
      ],
      { doing: `roll back release ${name} to revision ${toRevision}`, code: 'release' },
      signal,
    );
  }

  /**
   * The wait for the objects is ours: helm 4's own gives up on a deployment whose pods take their time
   * (https://github.com/helm/helm/issues/31766).
   */
  async #remove(release: ReleaseName, signal: AbortSignal): Promise<void> {
    const { name, namespace } = release;
    const api = await this.#connect(signal);
    const [stored] = readLatestReleases(
      await api.list({ ...revisionQuery(release), metadataOnly: false }, signal),
    );
    await this.#helm.run(
      [
        ...['uninstall', name, '--namespace', namespace, ...this.#helm.clusterArgs],
        // Foreground: a deployment is gone only when its pods are.
        ...['--cascade', 'foreground', '--ignore-not-found', '--timeout', HELM_TIMEOUT],
      ],
      { doing: `uninstall release ${name}`, code: 'release' },
      signal,
    );
    const references = parseManifest(stored?.manifest ?? '', namespace)
      .filter((object) => object.metadata.annotations?.['helm.sh/resource-policy'] !== 'keep')
      .map(({ apiVersion, kind, metadata }) => ({
        ...{ apiVersion, kind, name: metadata.name, namespace: metadata.namespace },
      }));
    await waitForGone(
      { api, references, deadlineMs: REMOVED_WITHIN_MS },
      { signal, report: () => undefined },
    );
  }

  /** Newest first. */
  async #revisionsOf(release: ReleaseName, signal: AbortSignal): Promise<StoredRelease[]> {
    const api = await this.#connect(signal);
    return readRevisions(await api.list(revisionQuery(release), signal));
  }
}

function refuseForeign({ name, namespace }: ReleaseName, revisions: readonly StoredRelease[]): void {
  const [latest] = revisions;
  if (latest === undefined || isOurs(latest.labels)) return;
  throw new Failure('ownership', `release ${namespace}/${name} exists and was not installed by Slipway`, {
    hint: `Choose another name or namespace, or remove it: ${quoteCommand('helm', ['uninstall', name, '--namespace', namespace])}`,
  });
}

function formatLabels(labels: Readonly<Record<string, string>>): string {
  // helm splits at commas and the API server would refuse the value anyway.
  const odd = Object.entries(labels).find(
    ([key, value]) => !/^[\w./-]+$/.test(key) || !/^[\w.-]*$/.test(value),
  );
  if (odd !== undefined) throw new Error(`not a label: ${odd.join('=')}`);
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
}
