import { describe, expect, test } from 'vitest';
import type { ClusterObject } from '../../../src/kubernetes/client/cluster-api.ts';
import { dataIn, outlineOf } from '../../../src/kubernetes/manifest-outline.ts';

const object = (kind: string, more: object = {}, annotations?: Record<string, string>): ClusterObject =>
  ({
    apiVersion: 'v1',
    kind,
    metadata: { name: 'db', ...(annotations && { annotations }) },
    ...more,
  }) as ClusterObject;
const keep = { 'helm.sh/resource-policy': 'keep' };
const claims = (whenDeleted?: string): object => ({
  spec: {
    volumeClaimTemplates: [{ metadata: { name: 'data' } }],
    ...(whenDeleted && { persistentVolumeClaimRetentionPolicy: { whenDeleted } }),
  },
});

describe('what goes with a release and nothing puts back', () => {
  test.each<[string, ClusterObject, string[]]>([
    ['a claim', object('PersistentVolumeClaim'), ['persistentvolumeclaim db']],
    ['a claim that helm keeps', object('PersistentVolumeClaim', {}, keep), []],
    ['a definition', object('CustomResourceDefinition'), ['customresourcedefinition db']],
    ['a StatefulSet whose claims stay', object('StatefulSet', claims()), []],
    ['a StatefulSet whose claims stay, as it says', object('StatefulSet', claims('Retain')), []],
    [
      'a StatefulSet whose claims go',
      object('StatefulSet', claims('Delete')),
      ['the claims of statefulset db'],
    ],
    ['a Deployment', object('Deployment'), []],
  ])('%s, told by the outline as by the whole', (_title, declared, expected) => {
    expect(dataIn([declared])).toEqual(expected);
    expect(dataIn([outlineOf(declared)])).toEqual(expected);
  });
});
