// Takes away what lives in the cluster of an addon's own kinds, and in the end the definitions of these kinds.

import type { ClusterApi, ClusterObject, ObjectReference } from '../kubernetes/client/cluster-api.ts';
import { isOf, usersOf } from '../kubernetes/ownership.ts';
import { waitForGone } from '../kubernetes/wait-for-gone.ts';
import type { Task } from '../task.ts';
import type { Removal } from '../run/journalled.ts';

export interface RemovalRequest {
  readonly api: ClusterApi;
  /** Name of the environment. */
  readonly environment: string;
  readonly groups: readonly string[];
  /** For all of them together. */
  readonly deadlineMs: number;
}

interface DefinitionSpec {
  readonly group: string;
  readonly names: { readonly kind: string };
  readonly versions: readonly { readonly name: string; readonly storage: boolean }[];
}

const DEFINITION = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' };

/**
 * Every object of these groups that the environment has brought about, while the program that tends them runs. Others
 * stay: of another environment, or of somebody who uses these kinds beside it.
 */
export async function removeCustomResources(request: RemovalRequest, task: Task): Promise<Removal> {
  const { api, groups, deadlineMs } = request;
  const definitions = await findDefinitions(api, groups, task.signal);
  const objects = (
    await Promise.all(definitions.map((definition) => listObjects(api, definition, task.signal)))
  ).flat();
  const mine = await ownObjects(request, objects, task.signal);
  for (const object of mine) await api.delete(referenceOf(object), task.signal, object.metadata.uid);
  await waitForGone({ api, references: mine.map(referenceOf), uids: uidsOf(mine), deadlineMs }, task);
  return { end: 'removed', note: `${mine.length} removed` };
}

/**
 * The definitions themselves: helm leaves those of a chart's crds/ folder behind. With a definition all of its objects go,
 * so one that has any left stays.
 */
export async function removeDefinitions(request: RemovalRequest, task: Task): Promise<void> {
  const { api, groups, deadlineMs } = request;
  const definitions = await findDefinitions(api, groups, task.signal);
  const isUsed = await Promise.all(
    definitions.map(async (definition) => (await listObjects(api, definition, task.signal)).length > 0),
  );
  const unused = definitions.filter((_, index) => !isUsed[index]);
  for (const object of unused) await api.delete(referenceOf(object), task.signal, object.metadata.uid);
  await waitForGone({ api, references: unused.map(referenceOf), uids: uidsOf(unused), deadlineMs }, task);
}

/** In a namespace of the environment, or labelled as its own, or put there by a helm release in such a namespace. */
async function ownObjects(
  { api, environment }: RemovalRequest,
  objects: readonly ClusterObject[],
  signal: AbortSignal,
): Promise<ClusterObject[]> {
  const namespaces = await api.list({ apiVersion: 'v1', kind: 'Namespace', metadataOnly: true }, signal);
  const own = new Set(
    namespaces
      .filter(({ metadata: { labels } }) => isOf(environment, labels) && !isUsedByOthers(environment, labels))
      .map(({ metadata }) => metadata.name),
  );
  return objects.filter(({ metadata: { namespace, labels, annotations } }) => {
    if (namespace !== undefined) return own.has(namespace);
    return isOf(environment, labels) || own.has(annotations?.['meta.helm.sh/release-namespace'] ?? '');
  });
}

/** What is in it is handed over with it. */
function isUsedByOthers(environment: string, labels: ClusterObject['metadata']['labels']): boolean {
  return usersOf(labels).some((user) => user !== environment);
}

async function listObjects(
  api: ClusterApi,
  definition: ClusterObject,
  signal: AbortSignal,
): Promise<ClusterObject[]> {
  const { group, names, versions } = specOf(definition);
  const version = versions.find(({ storage }) => storage) ?? versions[0]!;
  return api.list({ apiVersion: `${group}/${version.name}`, kind: names.kind, metadataOnly: true }, signal);
}

async function findDefinitions(
  api: ClusterApi,
  groups: readonly string[],
  signal: AbortSignal,
): Promise<ClusterObject[]> {
  const definitions = await api.list(DEFINITION, signal);
  return definitions.filter((definition) => groups.includes(specOf(definition).group));
}

/** What comes again under the name is another object, and none that was asked to go. */
function uidsOf(objects: readonly ClusterObject[]): (string | undefined)[] {
  return objects.map(({ metadata }) => metadata.uid);
}

function specOf(definition: ClusterObject): DefinitionSpec {
  return definition['spec'] as DefinitionSpec;
}

function referenceOf({ apiVersion, kind, metadata: { name, namespace } }: ClusterObject): ObjectReference {
  return { apiVersion, kind, name, namespace };
}
