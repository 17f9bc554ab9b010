// What exists because of us: what the journal says, and what carries our labels without being in the journal.

import { definitionGroups } from '../addons/definition-groups.ts';
import type { ClusterDriver } from '../cluster/cluster-driver.ts';
import type { Journal } from '../run/journal.ts';
import { Failure } from '../failure.ts';
import type { ReleaseStore } from '../releases/release-store.ts';
import { imageScopeOf, ownReferences } from '../images/image-ownership.ts';
import type { ImageStore } from '../images/image-store.ts';
import type { ClusterApi } from '../kubernetes/client/cluster-api.ts';
import { isOf } from '../kubernetes/ownership.ts';
import { resourceKey, type Resource } from '../plan/step.ts';
import { carriesMark, checkAuthority, checkIdentity, notTheRecorded } from '../cluster/cluster-identity.ts';
import { readClusterRecord } from '../cluster/cluster-record.ts';
import { IMAGE_ENVIRONMENT_LABEL, IMAGE_PROJECT_LABEL } from '../up/environment-run.ts';

export interface LeftoverSources {
  readonly name: string;
  readonly clusterName: string;
  readonly project?: string | undefined;
  readonly imageScope?: string | undefined;
  readonly stateFolder: string;
  readonly kubeconfigFile: string;
  readonly journal: Journal;
  readonly images: ImageStore;
  readonly driver: ClusterDriver;
  readonly connect: () => Promise<ClusterApi>;
  readonly releases: ReleaseStore;
}

export interface Leftovers {
  /** In the order of their making. */
  readonly resources: readonly Resource[];
  /** Undefined where the cluster does not answer, is not there, or is not ours. */
  readonly api: ClusterApi | undefined;
  /** 'foreign': what has its name was made by somebody else, and nothing of ours is in it. */
  readonly cluster: 'absent' | 'foreign' | 'there';
}

/** How long a cluster may take to answer before what is in it is left to its deletion. */
const ANSWER_WITHIN_MS = 10_000;

export async function findLeftovers(sources: LeftoverSources, signal: AbortSignal): Promise<Leftovers> {
  const { journal, clusterName } = sources;
  const journalled = journal.outstanding().map((entry) => entry.resource);
  const [stored, { status, isOnOwnNetwork }] = await Promise.all([
    sources.images.list({ 'dev.slipway.cluster': imageScopeOf(sources) }, signal),
    sources.driver.observe(clusterName, signal),
  ]);
  const labelled: Resource[] = stored
    .filter(({ labels }) => isOwnImage(labels, sources))
    .flatMap((image) => ownReferences(image))
    .map((reference) => ({ kind: 'image', reference, after: [] }));
  const cluster: Resource = { kind: 'cluster', name: clusterName, driver: sources.driver.kind, after: [] };
  const mark = journal.markOf(cluster);
  if (status === 'absent')
    return { resources: merge(labelled, journalled), api: undefined, cluster: 'absent' };
  const record = await readClusterRecord(sources.stateFolder);
  if (!isOnOwnNetwork) {
    if (record) throw notTheRecorded(record, 'a cluster on another network');
    // We never came to make one: what has the name is not ours, and nothing of ours is in it.
    if (mark === 'intended') await journal.record('gone', cluster);
    const images = merge(labelled, journalled).filter(({ kind }) => kind === 'image');
    return { resources: images, api: undefined, cluster: 'foreign' };
  }
  const outside = {
    resources: merge([...labelled, ...(record ? [cluster] : [])], journalled),
    ...{ api: undefined, cluster: 'there' as const },
  };
  if (status === 'stopped') return outside;
  const api = await reach(sources, signal);
  if (!api) {
    if (record) await checkAuthority(sources.driver, sources, record, signal);
    return outside;
  }
  if (record) await checkIdentity(api, record, signal);
  else if (mark === undefined && !(await carriesMark(api, sources, signal))) {
    const images = merge(labelled, journalled).filter(({ kind }) => kind === 'image');
    return { resources: images, api: undefined, cluster: 'foreign' };
  }
  const inCluster = await labelledInCluster(sources, api, signal);
  return { resources: merge([...labelled, cluster, ...inCluster], journalled), api, cluster: 'there' };
}

/** Of the cluster's name there may be another project's, whose state is elsewhere. Older images name neither. */
function isOwnImage(
  labels: Readonly<Record<string, string>>,
  { name, project }: Pick<LeftoverSources, 'name' | 'project'>,
): boolean {
  const { [IMAGE_ENVIRONMENT_LABEL]: environment = name, [IMAGE_PROJECT_LABEL]: of = project } = labels;
  return environment === name && (project === undefined || of === project);
}

async function reach(sources: LeftoverSources, signal: AbortSignal): Promise<ClusterApi | undefined> {
  try {
    const api = await sources.connect();
    await api.identity(AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]));
    return api;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Failure || (error instanceof Error && /Abort|Timeout/.test(error.name)))
      return undefined;
    throw error;
  }
}

async function labelledInCluster(
  sources: LeftoverSources,
  api: ClusterApi,
  signal: AbortSignal,
): Promise<Resource[]> {
  const inCluster = [`cluster:${sources.clusterName}`];
  const [namespaces, releases] = await Promise.all([
    api.list({ apiVersion: 'v1', kind: 'Namespace' }, signal),
    sources.releases.list(signal),
  ]);
  return [
    ...namespaces
      .filter((namespace) => isOf(sources.name, namespace.metadata.labels))
      .map(({ metadata }): Resource => ({ kind: 'namespace', name: metadata.name, after: inCluster })),
    ...releases
      .filter((release) => isOf(sources.name, release.labels))
      .map(({ name, namespace }): Resource => ({
        kind: 'release',
        name,
        namespace,
        groups: definitionGroups({ name, namespace }),
        after: [`namespace:${namespace}`],
      })),
  ];
}

/** Both, each once. What is known twice is taken from the second: the journal knows more than labels do. */
function merge(first: readonly Resource[], second: readonly Resource[]): Resource[] {
  const byKey = new Map<string, Resource>();
  for (const resource of [...first, ...second]) byKey.set(resourceKey(resource), resource);
  return [...byKey.values()];
}
