// Pure: which labels a selector means. https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/

import { entriesAt, isMap, listAt, show, textAt, textsAt, valueAt } from './fields.ts';
import type { PolicySet } from './policy-set.ts';
import { podsOf, type Pod } from './pods.ts';

/** The label that Kubernetes itself puts on every namespace. */
const NAMESPACE_NAME = 'kubernetes.io/metadata.name';
/** In every cluster, whoever made it. */
const SYSTEM_NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

/** Whether a selector with matchLabels and matchExpressions means something with these labels. An empty one means all. */
export function matchesSelector(selector: unknown, labels: ReadonlyMap<string, string>): boolean {
  return (
    entriesAt(selector, 'matchLabels').every(([key, value]) => labels.get(key) === value) &&
    listAt(selector, 'matchExpressions').every((expression) => matchesExpression(expression, labels))
  );
}

function matchesExpression(expression: unknown, labels: ReadonlyMap<string, string>): boolean {
  const found = labels.get(textAt(expression, 'key') ?? '');
  const values = textsAt(expression, 'values');
  switch (textAt(expression, 'operator')) {
    case 'In':
      return found !== undefined && values.includes(found);
    case 'NotIn':
      return found === undefined || !values.includes(found);
    case 'Exists':
      return found !== undefined;
    case 'DoesNotExist':
      return found === undefined;
    default:
      return false;
  }
}

/** The pods in a namespace that a selector means. */
export function selectPods(set: PolicySet, selector: unknown, namespace: string | undefined): Pod[] {
  return podsOf(set).filter(
    (pod) => pod.object.namespace === namespace && matchesSelector(selector, pod.labels),
  );
}

/** Namespaces that will be there, with their labels: Slipway's, those of charts, and those of every cluster. */
export function knownNamespaces(set: PolicySet): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const known = new Map<string, ReadonlyMap<string, string>>();
  for (const name of SYSTEM_NAMESPACES) known.set(name, new Map([[NAMESPACE_NAME, name]]));
  for (const name of set.namespaces) {
    known.set(
      name,
      new Map([
        [NAMESPACE_NAME, name],
        ['slipway.dev/owner', 'slipway'],
        ['slipway.dev/environment', set.environment],
      ]),
    );
  }
  for (const object of set.objects) {
    if (object.kind !== 'Namespace') continue;
    const own = entriesAt(object.body, 'metadata', 'labels').filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    );
    known.set(object.name, new Map([...own, [NAMESPACE_NAME, object.name]]));
  }
  return known;
}

/** Names of the known namespaces that a selector means. */
export function selectNamespaces(set: PolicySet, selector: unknown): string[] {
  return [...knownNamespaces(set)]
    .filter(([, labels]) => matchesSelector(selector, labels))
    .map(([name]) => name);
}

/** 'a=b, c=d', for messages. */
export function showLabels(labels: ReadonlyMap<string, string> | undefined): string {
  return [...(labels ?? [])].map(([key, value]) => `${key}=${value}`).join(', ') || 'no labels';
}

/** The same of a selector; 'everything' for an empty one. */
export function showSelector(selector: unknown): string {
  const labels = entriesAt(selector, 'matchLabels').map(([key, value]) => `${key}=${show(value)}`);
  const expressions = listAt(selector, 'matchExpressions')
    .filter(isMap)
    .map((expression) =>
      [
        valueAt(expression, 'key'),
        valueAt(expression, 'operator'),
        textsAt(expression, 'values').join(' or '),
      ]
        .map(show)
        .join(' ')
        .trim(),
    );
  return [...labels, ...expressions].join(', ') || 'everything';
}
