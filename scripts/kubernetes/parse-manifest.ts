// From helm's rendered text to the objects of a release.
import { parseAllDocuments, type ScalarTag } from 'yaml';
import { Failure } from '../failure.ts';
import type { ClusterObject } from './cluster-api.ts';

// What may appear in a chart and lives outside of namespaces. Of custom resources those that policies look at.
const CLUSTER_SCOPED = new Set([
  'APIService',
  'ClusterIssuer',
  'ClusterRole',
  'ClusterRoleBinding',
  'CustomResourceDefinition',
  'IngressClass',
  'MutatingWebhookConfiguration',
  'Namespace',
  'PersistentVolume',
  'PriorityClass',
  'StorageClass',
  'ValidatingWebhookConfiguration',
]);

/** An object of a manifest, and where it comes from. */
export interface SourcedObject {
  readonly object: ClusterObject;
  /** As helm notes it above each document: 'service/templates/deployment.yaml'. */
  readonly source: string | undefined;
}

/**
 * The objects of a manifest, with the release's namespace where they name none. Hooks are left out: helm runs,
 * awaits and mostly deletes them itself. Throws Failure 'chart' for what is not YAML or not an object.
 */
export function parseManifest(manifest: string, namespace: string): ClusterObject[] {
  return parseSourcedManifest(manifest, namespace)
    .map(({ object }) => object)
    .filter((object) => object.metadata.annotations?.['helm.sh/hook'] === undefined);
}

/** The same with hooks, each object with the template that rendered it. */
export function parseSourcedManifest(manifest: string, namespace: string): SourcedObject[] {
  let end = 0;
  return parseAllDocuments(manifest, { customTags: (tags) => [octal, ...tags] }).flatMap(
    (document): SourcedObject[] => {
      const [error] = document.errors;
      if (error !== undefined)
        throw new Failure('chart', `the rendered manifest is not YAML: ${error.message}`);
      const source = sourceIn(manifest.slice(end, document.contents?.range?.[0] ?? end));
      end = document.contents?.range?.[1] ?? end;
      return flatten(document.toJS()).map((object) => ({ object: inNamespace(object, namespace), source }));
    },
  );
}

/** Kubernetes reads YAML as Go does: 0440 has eight to a digit. */
const octal: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  test: /^[-+]?0[0-7]+$/,
  resolve: (text) => Number.parseInt(text, 8),
};

/** helm writes '# Source: <template>' below the line that begins a document. */
function sourceIn(head: string): string | undefined {
  return [...head.matchAll(/^# Source: (.+)$/gm)].at(-1)?.[1]?.trim();
}

function inNamespace(object: ClusterObject, namespace: string): ClusterObject {
  return CLUSTER_SCOPED.has(object.kind) || object.metadata.namespace !== undefined
    ? object
    : { ...object, metadata: { ...object.metadata, namespace } };
}

function flatten(value: unknown): ClusterObject[] {
  if (value === null || value === undefined) return [];
  const object = value as Partial<ClusterObject> & { items?: unknown[] };
  if (object.kind === 'List' && Array.isArray(object.items)) return object.items.flatMap(flatten);
  if (typeof object.kind !== 'string' || typeof object.apiVersion !== 'string' || !object.metadata?.name) {
    const excerpt = JSON.stringify(value).slice(0, 120);
    throw new Failure(
      'chart',
      `the rendered manifest holds something that is no Kubernetes object: ${excerpt}`,
    );
  }
  return [object as ClusterObject];
}
