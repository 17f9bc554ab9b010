// What keeps a deleted object from going: finalizers of its own, and for a namespace of what is in it.

import { quoteCommand } from '../process/quote-command.ts';
import type { ClusterApi, ClusterObject } from './client/cluster-api.ts';

/** An object that finalizers hold. */
export interface HeldObject {
  /** 'Widget shop/first'. */
  readonly title: string;
  readonly finalizers: readonly string[];
  /** For copying: takes the finalizers away, after which the object goes without what they waited for. */
  readonly wayOut: string;
}

/** By plural and group, as conditions of namespaces name them. */
const builtIn: ReadonlyMap<string, readonly [apiVersion: string, kind: string]> = new Map([
  ['pods.', ['v1', 'Pod']],
  ['services.', ['v1', 'Service']],
  ['secrets.', ['v1', 'Secret']],
  ['configmaps.', ['v1', 'ConfigMap']],
  ['persistentvolumeclaims.', ['v1', 'PersistentVolumeClaim']],
  ['serviceaccounts.', ['v1', 'ServiceAccount']],
  ['deployments.apps', ['apps/v1', 'Deployment']],
  ['statefulsets.apps', ['apps/v1', 'StatefulSet']],
  ['daemonsets.apps', ['apps/v1', 'DaemonSet']],
  ['replicasets.apps', ['apps/v1', 'ReplicaSet']],
  ['jobs.batch', ['batch/v1', 'Job']],
  ['cronjobs.batch', ['batch/v1', 'CronJob']],
  ['ingresses.networking.k8s.io', ['networking.k8s.io/v1', 'Ingress']],
]);

const DEFINITIONS = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' };

interface DefinitionSpec {
  readonly group: string;
  readonly names: { readonly kind: string; readonly plural: string };
  readonly versions: readonly { readonly name: string; readonly storage: boolean }[];
}

/** The objects that hold this one: itself, or where it is a namespace what is left in it. */
export async function heldObjects(
  api: ClusterApi,
  object: ClusterObject,
  signal: AbortSignal,
): Promise<HeldObject[]> {
  const itself = held(object, object.kind.toLowerCase());
  if (object.kind !== 'Namespace') return itself;
  const plurals = remainingIn(object);
  if (plurals.length === 0) return itself;
  const definitions = plurals.every((plural) => builtIn.has(plural))
    ? []
    : await api.list(DEFINITIONS, signal);
  const lists = await Promise.all(
    plurals.map(async (plural): Promise<HeldObject[]> => {
      const kind = builtIn.get(plural) ?? kindOf(plural, definitions);
      if (kind === undefined) return [];
      const [apiVersion, name] = kind;
      const query = { apiVersion, kind: name, namespace: object.metadata.name, metadataOnly: true };
      return (await api.list(query, signal)).flatMap((one) => held(one, plural.replace(/\.$/, '')));
    }),
  );
  return [...itself, ...lists.flat()];
}

/**
 * Whether no program in the cluster is left that could do what these wait for: only its own parts run. What the cluster
 * tends by itself (kubernetes.io/…, foregroundDeletion) does not count.
 */
export async function isAbandoned(
  api: ClusterApi,
  objects: readonly HeldObject[],
  signal: AbortSignal,
): Promise<boolean> {
  const finalizers = objects.flatMap((one) => one.finalizers);
  if (finalizers.length === 0 || finalizers.some(isOfKubernetes)) return false;
  const pods = await api.list({ apiVersion: 'v1', kind: 'Pod', metadataOnly: true }, signal);
  return pods.every(({ metadata }) => OF_THE_CLUSTER.has(metadata.namespace ?? ''));
}

const OF_THE_CLUSTER: ReadonlySet<string> = new Set(['kube-system', 'local-path-storage']);

function isOfKubernetes(finalizer: string): boolean {
  return !finalizer.includes('/') || /(^|\.)(kubernetes|k8s)\.io\//.test(finalizer);
}

function held({ kind, metadata }: ClusterObject, resource: string): HeldObject[] {
  const { name, namespace, finalizers = [] } = metadata;
  if (finalizers.length === 0) return [];
  const place = namespace === undefined ? [] : ['--namespace', namespace];
  const patch = ['--type', 'merge', '--patch', '{"metadata":{"finalizers":null}}'];
  return [
    {
      title: `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`,
      finalizers,
      wayOut: quoteCommand('kubectl', ['patch', resource, name, ...place, ...patch]),
    },
  ];
}

/** ['widgets.example.com', 'pods.'] of the condition that names what is left. */
function remainingIn({ status }: ClusterObject): string[] {
  const { conditions = [] } = (status ?? {}) as {
    conditions?: readonly { type: string; status: string; message?: string }[];
  };
  const messages = conditions.filter(
    ({ type, status: is }) => type === 'NamespaceContentRemaining' && is === 'True',
  );
  return messages.flatMap(({ message = '' }) =>
    [...message.matchAll(/([a-z0-9-]+\.[a-z0-9.-]*) has \d+/g)].map(([, plural]) => plural!),
  );
}

function kindOf(
  plural: string,
  definitions: readonly ClusterObject[],
): readonly [string, string] | undefined {
  for (const definition of definitions) {
    const { group, names, versions } = definition['spec'] as DefinitionSpec;
    if (`${names.plural}.${group}` !== plural) continue;
    const version = versions.find(({ storage }) => storage) ?? versions[0];
    return version && [`${group}/${version.name}`, names.kind];
  }
  return undefined;
}
