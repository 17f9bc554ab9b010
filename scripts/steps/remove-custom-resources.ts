// Takes away what lives in the cluster of an addon's own kinds, and in the end the definitions of these kinds.

import type { ClusterApi, ClusterObject, ObjectReference } from '../kubernetes/cluster-api.ts';
import { waitForGone } from '../kubernetes/wait-for-gone.ts';
import type { Task } from '../task.ts';

export interface RemovalRequest {
  readonly api: ClusterApi;
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

/** Every object of these groups, while the program that tends them runs. Resolves with their number, all gone. */
export async function removeCustomResources(
  { api, groups, deadlineMs }: RemovalRequest,
  task: Task,
): Promise<number> {
  const definitions = await findDefinitions(api, groups, task.signal);
  const lists = await Promise.all(
    definitions.map((definition) => {
      const { group, names, versions } = specOf(definition);
      const version = versions.find(({ storage }) => storage) ?? versions[0]!;
      const query = { apiVersion: `${group}/${version.name}`, kind: names.kind, metadataOnly: true };
      return api.list(query, task.signal);
    }),
  );
  const references = lists.flat().map(referenceOf);
  await remove(api, references, deadlineMs, task);
  return references.length;
}

/** The definitions themselves: helm leaves those of a chart's crds/ folder behind. Resolves with their number. */
export async function removeDefinitions(
  { api, groups, deadlineMs }: RemovalRequest,
  task: Task,
): Promise<number> {
  const references = (await findDefinitions(api, groups, task.signal)).map(referenceOf);
  await remove(api, references, deadlineMs, task);
  return references.length;
}

async function findDefinitions(
  api: ClusterApi,
  groups: readonly string[],
  signal: AbortSignal,
): Promise<ClusterObject[]> {
  const definitions = await api.list(DEFINITION, signal);
  return definitions.filter((definition) => groups.includes(specOf(definition).group));
}

async function remove(
  api: ClusterApi,
  references: readonly ObjectReference[],
  deadlineMs: number,
  task: Task,
): Promise<void> {
  for (const reference of references) await api.delete(reference, task.signal);
  await waitForGone({ api, references, deadlineMs }, task);
}

function specOf(definition: ClusterObject): DefinitionSpec {
  return definition['spec'] as DefinitionSpec;
}

function referenceOf({ apiVersion, kind, metadata: { name, namespace } }: ClusterObject): ObjectReference {
  return { apiVersion, kind, name, namespace };
}
