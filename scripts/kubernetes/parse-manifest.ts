// From helm's rendered text to the objects of a release.
import { parseAllDocuments } from 'yaml';
import { Failure } from '../failure.ts';
import type { ClusterObject } from './cluster-api.ts';

// What may appear in a chart and lives outside of namespaces. Custom resources are not judged, so theirs does
// not matter here.
const CLUSTER_SCOPED = new Set([
  'APIService',
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

/**
 * The objects of a manifest, with the release's namespace where they name none. Hooks are left out: helm runs,
 * awaits and mostly deletes them itself. Throws Failure 'chart' for what is not YAML or not an object.
 */
export function parseManifest(manifest: string, namespace: string): ClusterObject[] {
  return parseAllDocuments(manifest)
    .flatMap((document) => {
      const [error] = document.errors;
      if (error !== undefined)
        throw new Failure('chart', `the rendered manifest is not YAML: ${error.message}`);
      return flatten(document.toJS());
    })
    .filter((object) => object.metadata.annotations?.['helm.sh/hook'] === undefined)
    .map((object) =>
      CLUSTER_SCOPED.has(object.kind) || object.metadata.namespace !== undefined
        ? object
        : { ...object, metadata: { ...object.metadata, namespace } },
    );
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
