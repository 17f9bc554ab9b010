// ReleaseStore by the helm program; what is installed is read from the cluster itself, without starting helm.

import { Failure } from '../../failure.ts';
import type {
  ApiVersions,
  ClusterApi,
  ClusterObject,
  ObjectReference,
} from '../../kubernetes/client/cluster-api.ts';
import { describeObject, replaceRefused } from '../replace-refused.ts';
import { isOurs, OWNER, OWNER_LABEL } from '../../kubernetes/ownership.ts';
import { parseManifest } from '../../kubernetes/parse-manifest.ts';
import { waitForGone } from '../../kubernetes/wait-for-gone.ts';
import { quoteCommand } from '../../process/quote-command.ts';
import { chartAsksCluster } from '../chart/chart-asks-cluster.ts';
import { HelmProgram, type HelmProgramOptions } from './helm-program.ts';
import { listOwnedObjects, ownedData, type ReleaseName } from '../owned-objects.ts';
import { planRepair } from '../repair-pending-release.ts';
import {
  isDamaged,
  listLatestReleases,
  readLatestReleases,
  readRevisions,
  revisionQuery,
} from '../release-secrets.ts';
import type { ApplyOptions, ReleaseSpec, ReleaseStore, StoredRelease } from '../release-store.ts';

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

interface Repaired {
  /** Whether the release is there afterwards. */
  readonly isThere: boolean;
  /** Records were given up: objects may be left that no revision knows. */
  readonly isRecovered: boolean;
}

/** What helm puts back empty. */
const DATA_KINDS = new Set(['CustomResourceDefinition', 'PersistentVolume', 'PersistentVolumeClaim']);

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

  async render(spec: ReleaseSpec, signal: AbortSignal): Promise<string> {
    const purpose = { doing: `render release ${spec.name} from ${spec.chart}`, code: 'chart' } as const;
    const args = ['template', spec.name, spec.chart, '--include-crds'];
    const asked = (await chartAsksCluster(spec.chart, spec.values))
      ? await this.#askCluster(spec, signal)
      : undefined;
    if (asked === undefined) return this.#helm.runWithValues(args, spec, purpose, signal);
    const upgrade = asked.isThere ? ['--is-upgrade'] : [];
    // helm 4 knows the one as the other, and takes only one of them.
    const validate = (await this.#helm.majorVersion(signal)) >= 4 ? [] : ['--validate'];
    const onServer = ['--dry-run=server', ...validate, '--disable-openapi-validation', ...upgrade];
    try {
      const server = [...args, ...this.#helm.clusterArgs, ...onServer];
      return await this.#helm.runWithValues(server, spec, purpose, signal);
    } catch (error) {
      if (!(error instanceof Failure) || signal.aborted) throw error;
      // It also refuses kinds that are not there yet, and objects that are on their way out.
      const { kubernetes, served } = asked.versions;
      const like = ['--kube-version', kubernetes, '--api-versions', served.join(','), ...upgrade];
      return this.#helm.runWithValues([...args, ...like], spec, purpose, signal);
    }
  }

  async apply(spec: ReleaseSpec, options: ApplyOptions): Promise<StoredRelease> {
    const { labels, validates = true, after, hooksWithinMs, giveUp, onRepair } = options;
    const signal = giveUp === undefined ? options.signal : AbortSignal.any([options.signal, giveUp]);
    // It may reject before it is waited for.
    after?.catch(() => undefined);
    const { isThere, isRecovered } = await this.#repair(spec, options);
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
    const replaced = new Set<string>();
    for (;;) {
      try {
        await this.#helm.runWithValues(args, spec, purpose, signal, after);
        break;
      } catch (error) {
        if (!(error instanceof Failure) || signal.aborted) throw error;
        const api = await this.#connect(signal);
        const stored = await this.#latestOf(spec, signal);
        const manifest = parseManifest(stored?.manifest ?? '', spec.namespace);
        const request = { api, spec, manifest, failure: error, replaced, doing: purpose.doing, onRepair };
        await replaceRefused(request, signal);
      }
    }
    const stored = await this.#latestOf(spec, signal);
    if (stored === undefined)
      throw new Failure('release', `helm installed ${spec.name}, and yet it is not there`);
    if (isRecovered) await this.#removeForgotten(stored, options);
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
    const stored = await this.#latestOf(release, signal);
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

  async relabel(
    release: ReleaseName,
    labels: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<void> {
    const api = await this.#connect(signal);
    const revisions = await api.list(revisionQuery(release), signal);
    refuseForeign(release, readRevisions(revisions));
    const { namespace } = release;
    for (const { metadata } of revisions) {
      const object = {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: metadata.name, namespace, labels },
      };
      await api.apply(object, { signal });
    }
  }

  async #repair(release: ReleaseName, options: ApplyOptions): Promise<Repaired> {
    const { signal, onRepair, after } = options;
    const [heads, latest] = await Promise.all([
      this.#revisionsOf(release, signal),
      this.#latestOf(release, signal),
    ]);
    refuseForeign(release, heads);
    const isRecovered = latest?.unreadable !== undefined;
    if (isRecovered) await after;
    const revisions = isRecovered ? await this.#dropDamaged(release, options) : heads;
    const isThere = revisions.length > 0;
    const needsData = revisions.length > 0 && revisions[0]!.status !== 'deployed';
    const holdsData = needsData && (await ownedData(await this.#connect(signal), release, signal)).length > 0;
    const repair = planRepair(revisions, { holdsData });
    if (repair.action === 'none') return { isThere, isRecovered };
    await after;
    onRepair?.(`${release.name}: ${repair.reason}`);
    switch (repair.action) {
      case 'uninstall':
        await this.#remove(release, signal);
        return { isThere: false, isRecovered };
      case 'forget':
        await this.#deleteRecords(release, () => true, signal);
        return { isThere: false, isRecovered: true };
      case 'rollback':
        await this.#rollBack(release, repair.toRevision, signal);
        return { isThere: true, isRecovered };
    }
  }

  /**
   * helm passes over revisions that it cannot read, takes the one before for the latest, and then fails because the next
   * number is taken. Without any that it can read it installs anew, and takes over what bears the name of the release.
   */
  async #dropDamaged(release: ReleaseName, { signal, onRepair }: ApplyOptions): Promise<StoredRelease[]> {
    const dropped = await this.#deleteRecords(release, isDamaged, signal);
    const left = await this.#revisionsOf(release, signal);
    const goesOn =
      left.length > 0 ? `it goes on from revision ${left[0]!.revision}` : 'it takes over what is there';
    const numbers = dropped.map(({ metadata }) => metadata.labels?.['version']).join(', ');
    onRepair?.(`${release.name}: helm's record of revision ${numbers} could not be read; ${goesOn}`);
    return left;
  }

  /** What an earlier version made, and nobody remembers; data stays. */
  async #removeForgotten(
    stored: StoredRelease,
    { signal, onRepair }: Pick<ApplyOptions, 'signal' | 'onRepair'>,
  ): Promise<void> {
    const api = await this.#connect(signal);
    const declared = new Set(
      parseManifest(stored.manifest ?? '', stored.namespace).map((object) => describeObject(object)),
    );
    for (const object of await listOwnedObjects(api, stored, signal)) {
      if (declared.has(describeObject(object)) || DATA_KINDS.has(object.kind)) continue;
      onRepair?.(`${stored.name}: removed ${describeObject(object)}, which is no part of it any more`);
      await api.delete(referenceOf(object), signal);
    }
  }

  async #deleteRecords(
    release: ReleaseName,
    choose: (secret: ClusterObject) => boolean,
    signal: AbortSignal,
  ): Promise<ClusterObject[]> {
    const api = await this.#connect(signal);
    const secrets = await api.list({ ...revisionQuery(release), metadataOnly: false }, signal);
    const chosen = secrets.filter((secret) => isOurs(secret.metadata.labels) && choose(secret));
    for (const secret of chosen) await api.delete(referenceOf(secret), signal);
    return chosen;
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
    const secrets = await api.list({ ...revisionQuery(release), metadataOnly: false }, signal);
    const readable = secrets.filter((secret) => !isDamaged(secret));
    const [stored] = readLatestReleases(readable);
    let isHelmsWork = readable.length === secrets.length;
    if (stored !== undefined) {
      try {
        await this.#helm.run(
          [
            ...['uninstall', name, '--namespace', namespace, ...this.#helm.clusterArgs],
            // Foreground: a deployment is gone only when its pods are.
            ...['--cascade', 'foreground', '--ignore-not-found', '--timeout', HELM_TIMEOUT],
          ],
          { doing: `uninstall release ${name}`, code: 'release' },
          signal,
        );
      } catch (error) {
        // helm removes nothing of a release with an object whose kind is gone.
        if (!(error instanceof Failure) || !isUnknownKind(error.message)) throw error;
        isHelmsWork = false;
      }
    }
    const declared = stored === undefined ? [] : parseManifest(stored.manifest ?? '', namespace);
    const forgotten = isHelmsWork ? [] : await listOwnedObjects(api, release, signal);
    for (const object of forgotten) await api.delete(referenceOf(object), signal);
    const references = [...declared, ...forgotten]
      .filter((object) => object.metadata.annotations?.['helm.sh/resource-policy'] !== 'keep')
      .map((object) => referenceOf(object));
    await waitForGone(
      { api, references, deadlineMs: REMOVED_WITHIN_MS },
      { signal, report: () => undefined },
    );
    if (!isHelmsWork) await this.#deleteRecords(release, () => true, signal);
  }

  async #askCluster(
    release: ReleaseName,
    signal: AbortSignal,
  ): Promise<{ versions: ApiVersions; isThere: boolean } | undefined> {
    try {
      const api = await this.#connect(signal);
      const [versions, revisions] = await Promise.all([
        api.versions(signal),
        this.#revisionsOf(release, signal),
      ]);
      return { versions, isThere: revisions.length > 0 };
    } catch (error) {
      if (!(error instanceof Failure) || signal.aborted) throw error;
      return undefined;
    }
  }

  /** With what it put into the cluster. */
  async #latestOf(release: ReleaseName, signal: AbortSignal): Promise<StoredRelease | undefined> {
    const api = await this.#connect(signal);
    const { labelSelector, ...query } = revisionQuery(release);
    const newest = { ...query, labelSelector: `${labelSelector},status!=superseded`, metadataOnly: false };
    return readLatestReleases(await api.list(newest, signal))[0];
  }

  /** Newest first. */
  async #revisionsOf(release: ReleaseName, signal: AbortSignal): Promise<StoredRelease[]> {
    const api = await this.#connect(signal);
    return readRevisions(await api.list(revisionQuery(release), signal));
  }
}

function referenceOf({ apiVersion, kind, metadata: { name, namespace } }: ClusterObject): ObjectReference {
  return { apiVersion, kind, name, namespace };
}

function isUnknownKind(message: string): boolean {
  return /no matches for kind|resource mapping not found|unable to build kubernetes objects for delete/.test(
    message,
  );
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
