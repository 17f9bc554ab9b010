// What is there: asked once, in parallel, one call per kind.

import { imageScopeOf } from '../images/image-ownership.ts';
import { definitionsBeside } from '../addons/definition-groups.ts';
import type { ClusterState } from '../cluster/cluster-driver.ts';
import type { Journal } from '../run/journal.ts';
import type { StoredRelease } from '../releases/release-store.ts';
import { isTransient } from '../kubernetes/client/api-status.ts';
import type { ClusterApi, ClusterObject } from '../kubernetes/client/cluster-api.ts';
import { LiveIndex } from '../kubernetes/readiness/live-index.ts';
import { observeRelease } from '../kubernetes/readiness/observe-release.ts';
import { ENVIRONMENT_LABEL, isOf, isOurs, usersOf } from '../kubernetes/ownership.ts';
import { judgeRelease } from '../kubernetes/readiness/readiness.ts';
import { secretUses, secretVersions, type SecretVersions } from '../kubernetes/secret-uses.ts';
import { learnSecret } from '../secrets/learn-secrets.ts';
import { holdsAuthority } from '../addons/cert-manager/ensure-authority-secret.ts';
import { describeSecretChanges } from '../secrets/ensure-secret.ts';
import { keptName, ourSecrets } from '../secrets/secret-data.ts';
import { findSyncedReleases } from '../sync/synced-releases.ts';
import type { ObservedRelease, ObservedState } from '../plan/state.ts';
import type { Resource } from '../plan/step.ts';
import { observeBudget } from '../images/check-image-sizes.ts';
import { carriesMark, checkIdentity, notOurs, notTheRecorded } from '../cluster/cluster-identity.ts';
import { readClusterRecord, writeClusterRecord, type ClusterRecord } from '../cluster/cluster-record.ts';
import { barePodsOf } from '../addons/dapr/heal-sidecars.ts';
import type { EnvironmentRun } from './environment-run.ts';
import {
  areInStep,
  keepStamps,
  readStamps,
  stampsOf,
  type StampsOfRelease,
} from '../releases/release-stamps.ts';
import type { UpTools } from './up-tools.ts';
import { dataIn } from '../kubernetes/manifest-outline.ts';

/** Label of a release: the fingerprint of chart, values and images that it was made of. */
export const FINGERPRINT_LABEL = 'slipway.dev/fingerprint';

/** What looking takes of the tools of `up`. */
export interface Observers extends Pick<UpTools, 'run' | 'env' | 'redactor' | 'authority' | 'connect'> {
  readonly images: Pick<UpTools['images'], 'list'>;
  readonly loader: Pick<UpTools['loader'], 'present'>;
  readonly releases: Pick<UpTools['releases'], 'list'>;
  readonly sizes: Pick<UpTools['sizes'], 'layersOf'>;
  readonly driver: {
    readonly kind: UpTools['driver']['kind'];
    observe(name: string, signal: AbortSignal): Promise<Omit<ClusterState, 'ports'>>;
  };
}

export async function observeState(
  tools: Observers,
  journal: Journal,
  signal: AbortSignal,
): Promise<ObservedState> {
  const [artifacts, images, cluster, budget] = await Promise.all([
    presentArtifacts(tools, signal),
    tools.images.list({ 'dev.slipway.cluster': imageScopeOf(tools.run) }, signal),
    observeCluster(tools, journal, signal),
    observeBudget(tools),
  ]);
  const outside = {
    artifacts,
    images: new Set(images.flatMap((image) => image.references)),
    cluster: cluster.status,
    budget,
  };
  if (cluster.status !== 'running') {
    return { ...outside, loaded: new Set(), namespaces: new Set(), secrets: new Set(), releases: [] };
  }
  const api = await tools.connect();
  const [loaded, namespaces, secrets, releases] = await Promise.all([
    loadedReferences(tools, cluster.nodes, signal),
    api.list({ apiVersion: 'v1', kind: 'Namespace' }, signal),
    api.list(ourSecrets, signal),
    tools.releases.list(signal),
  ]);
  // What is in a namespace that goes may be there for a moment yet.
  const going = namespaces.filter(({ metadata }) => metadata.deletionTimestamp !== undefined);
  const stays = (namespace: string): boolean => !going.some(({ metadata }) => metadata.name === namespace);
  const differences = await compareSecrets(
    tools,
    secrets.filter(
      ({ metadata: { name, namespace, labels } }) =>
        (isOf(tools.run.name, labels) || isSharedAuthority(tools.run, name)) && stays(namespace!),
    ),
    signal,
  );
  return {
    ...outside,
    loaded,
    namespaces: new Set(
      namespaces
        .filter(({ metadata: { name, labels } }) => {
          return (isOf(tools.run.name, labels) || usersOf(labels).includes(tools.run.name)) && stays(name);
        })
        .map(({ metadata }) => metadata.name),
    ),
    secrets: new Set([...differences].flatMap(([key, changes]) => (changes.length === 0 ? [key] : []))),
    secretChanges: differences,
    releases: await judgeReleases(
      api,
      releases.filter(({ namespace }) => stays(namespace)),
      signal,
      {
        ...{ versions: secretVersions(secrets), listed: listedSecrets(tools.run) },
        stateFolder: tools.run.stateFolder,
      },
    ),
  };
}

/** The certificate authority is the user's: environments that share a cluster have it in one Secret. */
function isSharedAuthority({ environment: { cluster, secrets } }: EnvironmentRun, name: string): boolean {
  return cluster.shared && secrets[name]?.authority !== undefined;
}

async function presentArtifacts({ run }: Observers, signal: AbortSignal): Promise<Set<string>> {
  const present = await Promise.all(
    [...run.artifacts.values()].map(async (artifact) =>
      (await artifact.isPresent(signal)) ? [artifact.id] : [],
    ),
  );
  return new Set(present.flat());
}

/** Refuses a cluster of that name which is not ours, and one that is another than the recorded one. */
async function observeCluster(
  tools: Observers,
  journal: Journal,
  signal: AbortSignal,
): Promise<{ status: ObservedState['cluster']; nodes: readonly string[] }> {
  const { clusterName: name, name: environment, stateFolder } = tools.run;
  const seen = await tools.driver.observe(name, signal);
  const { status, nodes } = seen;
  const resource: Resource = { kind: 'cluster', name, driver: tools.driver.kind, after: [] };
  if (status === 'absent') return { status, nodes };
  const record = await readClusterRecord(stateFolder);
  if (!seen.isOnOwnNetwork)
    throw record ? notTheRecorded(record, 'a cluster on another network') : notOurs(name);
  if (!record && journal.markOf(resource) === 'intended') return { status: 'half-made', nodes };
  if (status === 'stopped') return { status, nodes };
  if (record && !isSettled(record, seen.startedAtMs)) return { status: 'waking', nodes };
  try {
    const api = await tools.connect();
    if (record) await checkIdentity(api, record, signal);
    else {
      if (!(await carriesMark(api, tools.run, signal))) throw notOurs(name);
      if (journal.isWritten)
        await writeClusterRecord(stateFolder, { name, identity: await api.identity(signal), environment });
      await journal.record('made', resource);
    }
    return { status, nodes };
  } catch (error) {
    if (!isTransient(error)) throw error;
    return { status: 'waking', nodes };
  }
}

/** Whether it was waited for since its nodes were started: before that, its API may tell what was true earlier. */
function isSettled({ settledAt = '' }: ClusterRecord, startedAtMs: number | undefined): boolean {
  return startedAtMs === undefined || Date.parse(settledAt) >= startedAtMs;
}

async function loadedReferences(
  { run, loader }: Observers,
  nodes: readonly string[],
  signal: AbortSignal,
): Promise<Set<string>> {
  const references = [...new Set(run.desired.releases.flatMap((release) => release.images))];
  const present = await loader.present({ references, nodes }, signal);
  return new Set(
    references.filter((reference) =>
      nodes.every((node) => present.some((entry) => entry.reference === reference && entry.node === node)),
    ),
  );
}

/** By '<namespace>/<name>', for each declared Secret that is there: in what it differs from what is declared. */
async function compareSecrets(
  { run, env, redactor, authority }: Observers,
  found: readonly ClusterObject[],
  signal: AbortSignal,
): Promise<Map<string, readonly string[]>> {
  const byKey = new Map(
    found.map((secret) => [`${secret.metadata.namespace}/${secret.metadata.name}`, secret]),
  );
  const local = run.desired.secrets.some(({ name }) => run.environment.secrets[name]?.keys === undefined)
    ? await authority.find(signal)
    : undefined;
  if (local) redactor.add(local.keyPem);
  for (const secret of found) learnSecret(redactor, secret);
  return new Map(
    run.desired.secrets.flatMap(({ name, namespace }): [string, readonly string[]][] => {
      const secret = byKey.get(`${namespace}/${name}`);
      const { keys } = run.environment.secrets[name]!;
      if (secret === undefined) return [];
      const changes =
        keys === undefined
          ? holdsAuthority(secret, local)
            ? []
            : ['the authority has changed']
          : describeSecretChanges(keys, secret, byKey.get(`${namespace}/${keptName(name)}`), env);
      return [[`${namespace}/${name}`, changes]];
    }),
  );
}

/** What the Secrets of ours are at, and which of them a release lists. */
export interface SecretsInUse {
  readonly versions: SecretVersions;
  readonly listed: (release: { readonly name: string; readonly namespace: string }) => readonly string[];
}

/** '<namespace>/<name>' of the Secrets that a release of the config lists. */
export function listedSecrets({ desired }: Pick<EnvironmentRun, 'desired'>): SecretsInUse['listed'] {
  return ({ name, namespace }) => {
    const release = desired.releases.find((one) => one.name === name && one.namespace === namespace);
    return desired.secrets
      .filter((secret) => release?.secrets.includes(secret.name))
      .map((secret) => `${secret.namespace}/${secret.name}`);
  };
}

/** What else a verdict may take into account. */
export interface LookBeside extends Partial<SecretsInUse> {
  /** Where it is remembered what was found as it was made; without it nobody looks whether it still is. */
  readonly stateFolder?: string | undefined;
}

/**
 * One look at the live objects of all our releases together, then a verdict on each. With the state folder also
 * whether they are as they were made.
 */
export async function judgeReleases(
  api: ClusterApi,
  stored: readonly StoredRelease[],
  signal: AbortSignal,
  { versions = new Map(), listed = () => [], stateFolder }: LookBeside = {},
): Promise<ObservedRelease[]> {
  const ours = stored.filter((release) => isOurs(release.labels));
  const declared = await Promise.all(
    ours.map(async (release) => [...(await declaredBy(release)), ...definitionsBeside(release)]),
  );
  const [{ live, nowMs }, synced, stamps] = await Promise.all([
    observeRelease({ api, declared: declared.flat() }, signal),
    findSyncedReleases(api, signal),
    stateFolder === undefined ? undefined : readStamps(stateFolder),
  ]);
  const found = new LiveIndex(live);
  const judged = ours.map(async (release, position): Promise<ObservedRelease> => {
    const mine = declared[position]!;
    const objects = { declared: mine, live: found.around(mine), nowMs };
    const { state, waitingFor, failureCause } = judgeRelease(objects);
    const blocked = failureCause
      ? [`${failureCause.workload}: ${failureCause.reason}: ${failureCause.message}`]
      : [];
    const { unreadable } = release;
    const damage = `helm's record of revision ${release.revision} cannot be read: ${unreadable}`;
    const uses = secretUses(objects.live, listed(release), versions);
    const known = stamps && stampsOf(stamps, release);
    return {
      ...(known && {
        drift: await driftOfRelease({ api, release, live: objects.live, known, stateFolder }, signal),
      }),
      name: release.name,
      namespace: release.namespace,
      environment: release.labels[ENVIRONMENT_LABEL],
      data: dataIn(mine),
      status: release.status,
      fingerprint: release.labels[FINGERPRINT_LABEL],
      verdict:
        unreadable !== undefined
          ? { state: 'failed', waitingFor: [damage] }
          : { state, waitingFor: [...blocked, ...waitingFor] },
      withoutSidecar: barePodsOf(objects).map(({ reason }) => reason),
      usedSecrets: [...new Set(uses.flatMap(({ secrets }) => secrets))],
      staleSecrets: uses.flatMap(({ workload, stale }) => {
        const names = stale.map((secret) => secret.slice(secret.indexOf('/') + 1)).join(', ');
        return stale.length === 0
          ? []
          : [`${workload.kind} ${workload.metadata.name} runs with an earlier secret ${names}`];
      }),
      syncedFiles: synced.get(`${release.namespace}/${release.name}`),
    };
  });
  return Promise.all(judged);
}

interface DriftOfRelease {
  readonly api: ClusterApi;
  readonly release: StoredRelease;
  readonly live: readonly ClusterObject[];
  readonly known: StampsOfRelease;
  readonly stateFolder: string | undefined;
}

/** What was changed by hand, for people. */
async function driftOfRelease(
  { api, release, live, known, stateFolder }: DriftOfRelease,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (release.status !== 'deployed') return [];
  const declared = await declaredBy(release);
  if (areInStep(declared, live, known)) return [];
  // Only who knows the whole manifest can say what has changed.
  if (release.declared !== undefined) return ['its objects have been written to since'];
  const { findDrift } = await import('../releases/release-drift.ts');
  const { describeDrift } = await import('../kubernetes/drift.ts');
  const answer = await findDrift({ api, declared, live, known }, signal);
  if (stateFolder !== undefined) await keepStamps(stateFolder, release, answer.known);
  return answer.drift.map(describeDrift);
}

async function declaredBy({
  declared,
  manifest = '',
  namespace,
}: StoredRelease): Promise<readonly ClusterObject[]> {
  if (declared !== undefined) return declared;
  // Late: to parse YAML costs more than all else in a look at what has not changed.
  const { parseManifest } = await import('../kubernetes/parse-manifest.ts');
  return parseManifest(manifest, namespace);
}
