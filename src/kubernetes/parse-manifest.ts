// From helm's rendered text to the objects of a release.
import { Failure } from '../failure.ts';
import type { ClusterObject } from './client/cluster-api.ts';
import { readYamlDocuments, type YamlDocument, type YamlOptions } from './read-yaml.ts';

// What may appear in a chart and lives outside of namespaces. Of custom resources those that policies look at.
const CLUSTER_SCOPED = new Set([
  'APIService',
  'CSIDriver',
  'CertificateSigningRequest',
  'ClusterIssuer',
  'ClusterRole',
  'ClusterRoleBinding',
  'CustomResourceDefinition',
  'FlowSchema',
  'GatewayClass',
  'IngressClass',
  'MutatingWebhookConfiguration',
  'Namespace',
  'PersistentVolume',
  'PriorityClass',
  'PriorityLevelConfiguration',
  'RuntimeClass',
  'StorageClass',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'ValidatingWebhookConfiguration',
]);

/** An object of a manifest, and where it comes from. */
export interface SourcedObject {
  readonly object: ClusterObject;
  /** As helm notes it above each document: 'service/templates/deployment.yaml'. */
  readonly source: string | undefined;
  /** helm decides that by the document: what a list of several holds is no hook. */
  readonly isHook: boolean;
}

/**
 * The objects of a manifest, with the release's namespace where they name none. Hooks are left out: helm runs,
 * awaits and mostly deletes them itself. Throws Failure 'chart' for what is not YAML or not an object.
 */
export function parseManifest(manifest: string, namespace: string, options?: YamlOptions): ClusterObject[] {
  return parseSourcedManifest(manifest, namespace, options)
    .filter(({ isHook }) => !isHook)
    .map(({ object }) => object);
}

/** The same with hooks, each object with the template that rendered it. */
export function parseSourcedManifest(
  manifest: string,
  namespace: string,
  options?: YamlOptions,
): SourcedObject[] {
  return readDocuments(manifest, options).flatMap(({ value, head }): SourcedObject[] => {
    const source = sourceIn(head);
    const { metadata } = (value ?? {}) as Partial<ClusterObject>;
    const isHook = metadata?.annotations?.['helm.sh/hook'] !== undefined;
    return flatten(value).map((object) => ({ object: inNamespace(object, namespace), source, isHook }));
  });
}

function readDocuments(manifest: string, options?: YamlOptions): YamlDocument[] {
  try {
    return readYamlDocuments(manifest, options);
  } catch (error) {
    const { message } = error as Error;
    throw new Failure('chart', `the rendered manifest is not YAML: ${message}`, { cause: error });
  }
}

/** helm writes '# Source: <template>' below the line that begins a document. */
function sourceIn(head: string): string | undefined {
  return [...head.matchAll(/^# Source: (.+)$/gm)].at(-1)?.[1]?.trim();
}

function inNamespace(object: ClusterObject, namespace: string): ClusterObject {
  return CLUSTER_SCOPED.has(object.kind) || object.metadata.namespace
    ? object
    : { ...object, metadata: { ...object.metadata, namespace } };
}

/** Lists of any kind are taken apart, as kubectl does: an item without a kind is of that which the list is of. */
function flatten(value: unknown): ClusterObject[] {
  if (value === null || value === undefined) return [];
  const object = value as Partial<ClusterObject> & { items?: unknown };
  const { kind, apiVersion, items } = object;
  if (typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items)) {
    const ofList = { apiVersion, kind: kind.slice(0, -'List'.length) };
    return items.flatMap((item: unknown) =>
      flatten(isMap(item) && !item['kind'] && !item['apiVersion'] ? { ...item, ...ofList } : item),
    );
  }
  const { name, generateName } = (object.metadata ?? {}) as { name?: unknown; generateName?: unknown };
  // The API server makes up its name: nobody can ask for it.
  if (!name && typeof generateName === 'string') return [];
  if (typeof kind !== 'string' || typeof apiVersion !== 'string' || typeof name !== 'string' || name === '') {
    const excerpt = JSON.stringify(value, (_key, inner: unknown) =>
      typeof inner === 'bigint' ? String(inner) : inner,
    ).slice(0, 120);
    throw new Failure(
      'chart',
      `the rendered manifest holds something that is no Kubernetes object: ${excerpt}`,
    );
  }
  return [object as ClusterObject];
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
