import { expect, test } from 'vitest';
import { parseManifest, parseSourcedManifest } from '../../../src/kubernetes/parse-manifest.ts';

function names(manifest: string): string[] {
  return parseManifest(manifest, 'todo').map(
    ({ kind, metadata }) => `${kind} ${metadata.namespace ?? '-'}/${metadata.name}`,
  );
}

test('objects get the namespace of the release where they name none and live in one', () => {
  const manifest = `
---
# Source: backend/templates/empty.yaml
---
{apiVersion: v1, kind: Service, metadata: {name: a}}
---
{apiVersion: v1, kind: Service, metadata: {name: b, namespace: other}}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: c}}
`;
  expect(names(manifest)).toEqual(['Service todo/a', 'Service other/b', 'ClusterRole -/c']);
});

test('lists of any kind are taken apart, and an item without a kind is of the kind of its list', () => {
  const manifest = `
apiVersion: v1
kind: ConfigMapList
items:
  - {metadata: {name: a}}
  - {apiVersion: v1, kind: Secret, metadata: {name: b}}
---
{apiVersion: v1, kind: List, items: [{apiVersion: apps/v1, kind: DeploymentList, items: [{metadata: {name: c}}]}]}
---
{apiVersion: example.dev/v1, kind: AllowList, metadata: {name: d}}
`;
  expect(names(manifest)).toEqual([
    'ConfigMap todo/a',
    'Secret todo/b',
    'Deployment todo/c',
    'AllowList todo/d',
  ]);
});

test('hooks are left to helm, which tells them by their document: an item of a list is none', () => {
  const hook = 'annotations: {helm.sh/hook: pre-install}';
  const manifest = `
{apiVersion: batch/v1, kind: Job, metadata: {name: a, ${hook}}}
---
{apiVersion: v1, kind: List, metadata: {${hook}}, items: [{apiVersion: v1, kind: Pod, metadata: {name: b}}]}
---
{apiVersion: v1, kind: List, items: [{apiVersion: batch/v1, kind: Job, metadata: {name: c, ${hook}}}]}
`;
  expect(names(manifest)).toEqual(['Job todo/c']);
});

test('an object keeps the template that rendered it, and hooks are among them', () => {
  const manifest = `---
# Source: shop/templates/empty.yaml
# nothing
---
# Source: shop/templates/two.yaml
# A comment of its own
apiVersion: v1
kind: Service
metadata: {name: a}
---
# Source: shop/charts/part/templates/job.yaml
{apiVersion: batch/v1, kind: Job, metadata: {name: b, annotations: {helm.sh/hook: pre-install}}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: c}}
`;
  const sources = parseSourcedManifest(manifest, 'todo').map(({ object, source }) => [object.kind, source]);
  expect(sources).toEqual([
    ['Service', 'shop/templates/two.yaml'],
    ['Job', 'shop/charts/part/templates/job.yaml'],
    ['ConfigMap', undefined],
  ]);
});

test.each([
  ['no YAML', 'a: [', /is not YAML/],
  ['no object', 'a: 1', /no Kubernetes object: \{"a":1\}/],
])('what is %s is refused', (_title, manifest, message) => {
  expect(() => parseManifest(manifest, 'todo')).toThrow(message);
});

test('a mode with a leading zero is octal, as Kubernetes reads it', () => {
  const text = (mode: string): string => `apiVersion: v1\nkind: X\nmetadata: {name: a}\nmode: ${mode}`;
  const modes = ['0440', '0644', '288', '0', '0x10', '"0440"', '08'].map(
    (mode) => parseManifest(text(mode), 'todo')[0]!['mode'],
  );
  expect(modes).toEqual([288, 420, 288, 0, 16, '0440', 8]);
});
