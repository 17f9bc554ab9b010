import { describe, expect, test } from 'vitest';
import type { ClusterObject } from '../../../src/kubernetes/client/cluster-api.ts';
import { secretUses, secretVersions } from '../../../src/kubernetes/secret-uses.ts';

const workload = (
  spec: object,
  annotations: Record<string, string> = {},
  kind = 'Deployment',
): ClusterObject => ({
  ...{ apiVersion: 'apps/v1', kind, metadata: { name: 'web', namespace: 'shop', annotations } },
  spec: { template: { spec } },
});
const versions = new Map([
  ['shop/db', 'v2'],
  ['shop/mail', 'v1'],
  ['other/db', 'v9'],
]);
const uses = (object: ClusterObject, listed: string[] = []) => secretUses([object], listed, versions);
const byEnv = { containers: [{ env: [{ valueFrom: { secretKeyRef: { name: 'db', key: 'k' } } }] }] };

describe('a workload uses a Secret', () => {
  test.each<[string, object]>([
    ['by a variable', byEnv],
    ['by a variable of an init container', { initContainers: byEnv.containers, containers: [] }],
    ['by all variables', { containers: [{ envFrom: [{ prefix: 'X_', secretRef: { name: 'db' } }] }] }],
    ['by a volume', { volumes: [{ name: 'v', secret: { secretName: 'db', items: [] } }] }],
    ['by a projected volume', { volumes: [{ projected: { sources: [{ secret: { name: 'db' } }] } }] }],
    ['to pull images', { imagePullSecrets: [{ name: 'other' }, { name: 'db' }] }],
    ['by a CSI volume', { volumes: [{ csi: { nodePublishSecretRef: { name: 'db' } } }] }],
    ['by a volume of another kind', { volumes: [{ azureFile: { secretName: 'db', shareName: 's' } }] }],
    ['by a volume that looks it up', { volumes: [{ cephfs: { secretRef: { name: 'db' } } }] }],
  ])('%s', (_title, spec) => {
    expect(uses(workload(spec)).map(({ secrets }) => secrets)).toEqual([['shop/db']]);
  });

  test.each<[string, object]>([
    ['a variable with the name of one', { containers: [{ env: [{ name: 'db', value: 'db' }] }] }],
    ['a ConfigMap of that name', { containers: [{ envFrom: [{ configMapRef: { name: 'db' } }] }] }],
    ['one that is not ours', { imagePullSecrets: [{ name: 'registry' }] }],
    ['a service account of that name', { serviceAccountName: 'db' }],
  ])('not by %s', (_title, spec) => {
    expect(uses(workload(spec))).toEqual([]);
  });

  test('in some other way where its release lists it and no workload of it names it', () => {
    expect(uses(workload({}), ['shop/db'])).toMatchObject([{ secrets: ['shop/db'] }]);
    expect(
      secretUses([workload(byEnv), { ...workload({}), kind: 'StatefulSet' }], ['shop/db'], versions),
    ).toHaveLength(1);
  });

  test.each(['Job', 'CronJob', 'Pod'])('a %s has no pods that could be replaced', (kind) => {
    expect(uses(workload(byEnv, {}, kind))).toEqual([]);
  });
});

describe('its pods are stale', () => {
  const two = { ...byEnv, volumes: [{ secret: { secretName: 'mail' } }] };
  test.each<[string, Record<string, string>, string[]]>([
    ['when nothing is recorded', {}, ['shop/db', 'shop/mail']],
    ['when another version is recorded', { 'slipway.dev/secrets': 'shop/db@v1 shop/mail@v1' }, ['shop/db']],
    ['not when it is the present one', { 'slipway.dev/secrets': 'shop/db@v2 shop/mail@v1' }, []],
    ['when the record is nonsense', { 'slipway.dev/secrets': '@@ x' }, ['shop/db', 'shop/mail']],
  ])('%s', (_title, annotations, stale) => {
    const [use] = uses(workload(two, annotations));
    expect(use).toMatchObject({ stale, stamp: 'shop/db@v2 shop/mail@v1' });
  });

  test('not by a Secret that was never written since versions are kept', () => {
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'db', namespace: 'shop' } };
    const [use] = secretUses([workload(byEnv)], [], secretVersions([secret]));
    expect(use).toMatchObject({ secrets: ['shop/db'], stale: [] });
  });
});
