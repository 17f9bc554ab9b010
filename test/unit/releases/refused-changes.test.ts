import { describe, expect, test } from 'vitest';
import { obstacleToReplacing, readRefusedChanges } from '../../../src/releases/refused-changes.ts';

const dump = `map[string]string{"password":"hunter2", ${'"a":"b", '.repeat(300)}}`;

describe('what cannot be changed', () => {
  test.each([
    [
      'a template of a Job, by helm 3',
      `cannot patch "migrate" with kind Job: Job.batch "migrate" is invalid: spec.template: Invalid value: ${dump}: field is immutable`,
      { kind: 'Job', name: 'migrate', field: 'spec.template', reason: 'field is immutable' },
    ],
    [
      'the same by helm 4',
      `conflict occurred while applying object todo/migrate batch/v1, Kind=Job: Job.batch "migrate" is invalid: spec.template: Invalid value: ${dump}: field is immutable`,
      { kind: 'Job', name: 'migrate', field: 'spec.template', reason: 'field is immutable' },
    ],
    [
      'a StatefulSet',
      `StatefulSet.apps "db" is invalid: spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'template' are forbidden`,
      {
        ...{ kind: 'StatefulSet', name: 'db', field: 'spec' },
        reason: "updates to statefulset spec for fields other than 'replicas'",
      },
    ],
    [
      'the role of a binding',
      `RoleBinding.rbac.authorization.k8s.io "web" is invalid: roleRef: Invalid value: ${dump}: cannot change roleRef`,
      { kind: 'RoleBinding', name: 'web', field: 'roleRef', reason: 'cannot change roleRef' },
    ],
    [
      'the address of a Service',
      'Service "web" is invalid: spec.clusterIPs[0]: Invalid value: ["None"]: may not change once set',
      { kind: 'Service', name: 'web', field: 'spec.clusterIPs[0]', reason: 'may not change once set' },
    ],
    [
      'a claim',
      'PersistentVolumeClaim "data" is invalid: spec: Forbidden: spec is immutable after creation except resources.requests',
      {
        ...{ kind: 'PersistentVolumeClaim', name: 'data', field: 'spec' },
        reason: 'spec is immutable after creation except resources.requests',
      },
    ],
    [
      'a claim that is to shrink',
      'PersistentVolumeClaim "data" is invalid: spec.resources.requests.storage: Forbidden: field can not be less than status.capacity',
      {
        ...{ kind: 'PersistentVolumeClaim', name: 'data', field: 'spec.resources.requests.storage' },
        reason: 'field can not be less than status.capacity',
      },
    ],
    [
      'a map that says so itself',
      'ConfigMap "web" is invalid: data: Forbidden: field is immutable when `immutable` is set',
      { kind: 'ConfigMap', name: 'web', field: 'data', reason: 'field is immutable when `immutable` is set' },
    ],
    [
      'a class of storage',
      'StorageClass.storage.k8s.io "fast" is invalid: parameters: Forbidden: updates to parameters are forbidden.',
      {
        kind: 'StorageClass',
        name: 'fast',
        field: 'parameters',
        reason: 'updates to parameters are forbidden.',
      },
    ],
  ])('%s', (_title, said, change) => {
    expect(readRefusedChanges(said)).toEqual([change]);
  });

  test('several objects at once, each once, and no word of their values', () => {
    const job = `Job.batch "a" is invalid: [spec.template: Invalid value: ${dump}: field is immutable, spec.selector: Required value]`;
    const said = `cannot patch: ${job} && cannot patch: ${job} && Deployment.apps "b" is invalid: spec.selector: Invalid value: ${dump}: field is immutable`;
    expect(readRefusedChanges(said).map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'Job a',
      'Deployment b',
    ]);
    expect(JSON.stringify(readRefusedChanges(said))).not.toContain('hunter2');
  });

  test('what is invalid for another reason is not among them', () => {
    const said = 'Deployment.apps "a" is invalid: spec.template.spec.containers[0].image: Required value';
    expect(readRefusedChanges(said)).toEqual([]);
  });
});

test.each([
  [
    'a Job that has ended',
    'Job',
    { status: { conditions: [{ type: 'Failed', status: 'True' }] } },
    undefined,
  ],
  ['a Job that runs', 'Job', { status: { conditions: [] } }, 'it still runs'],
  ['a Deployment', 'Deployment', {}, undefined],
  ['a StatefulSet, whose volumes stay', 'StatefulSet', {}, undefined],
  [
    'a StatefulSet that takes its volumes along',
    'StatefulSet',
    { spec: { persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete' } } },
    'the volumes of its pods would go with it',
  ],
  ['a claim', 'PersistentVolumeClaim', {}, 'what it holds would be lost'],
  ['a definition', 'CustomResourceDefinition', {}, 'what it holds would be lost'],
  ['a Secret', 'Secret', {}, undefined],
  ['a binding', 'ClusterRoleBinding', {}, undefined],
] as const)('whether %s may be replaced', (_title, kind, live, obstacle) => {
  expect(obstacleToReplacing(kind, live, { asksCluster: false })).toBe(obstacle);
});

test('a Secret is not replaced where its chart may have made up what it holds', () => {
  expect(obstacleToReplacing('Secret', {}, { asksCluster: true })).toMatch(/made up/);
});
