import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Failure } from '../../../src/failure.ts';
import type { ClusterObject } from '../../../src/kubernetes/client/cluster-api.ts';
import { resourceKey, type Resource, type Step } from '../../../src/plan/step.ts';
import { readClusterRecord } from '../../../src/cluster/cluster-record.ts';
import { ownershipLabels } from '../../../src/kubernetes/ownership.ts';
import { ensureCluster } from '../../../src/cluster/ensure-cluster.ts';
import type { Removal } from '../../../src/run/journalled.ts';
import { performDown, type DownTools } from '../../../src/down/perform-down.ts';
import { failureOf } from '../../support/failure-of.ts';
import { helmSecret } from '../../support/helm-secret.ts';
import { CLUSTER, clusterResource, openScene, type Scene, WEB } from '../up/scene.ts';

const image: Resource = { kind: 'image', reference: WEB, after: [] };
const ownLabels = {
  'dev.slipway.owner': 'slipway',
  'dev.slipway.cluster': CLUSTER,
  'dev.slipway.image': 'web',
};
const namespace: Resource = { kind: 'namespace', name: 'small', after: [] };
const ours = ownershipLabels('small');
const release: Resource = { kind: 'release', name: 'web', namespace: 'small', after: [] };

function removalOf(resource: Resource): Step {
  return {
    ...{ id: resourceKey(resource), group: resource.kind, subject: 'x', title: 'Remove x', needs: [] },
    ...{ lane: 'cluster', action: 'do', reason: 'ours', resource },
  };
}

function toolsOf({ run, machine }: Scene, changes: Partial<DownTools> = {}): DownTools {
  const { api, images, driver, releases } = machine;
  return { ...run, artifacts: [], api, images, driver, releases, ...changes };
}

function remove(
  scene: Scene,
  resource: Resource,
  changes?: Partial<DownTools>,
): Promise<Removal | undefined> {
  return performDown(toolsOf(scene, changes))(removalOf(resource), scene.task);
}

describe('performDown', () => {
  test('removes an image, and says when it was gone already', async () => {
    await using scene = await openScene();
    scene.machine.images.add(WEB, { labels: ownLabels });
    expect(await remove(scene, image)).toEqual({ end: 'removed' });
    expect(scene.machine.images.references).toEqual([]);
    expect(await remove(scene, image)).toEqual({ end: 'absent' });
  });

  test('keeps an image that something else uses, and says so', async () => {
    await using scene = await openScene();
    scene.machine.images.add(WEB, { labels: ownLabels });
    scene.machine.images.use(WEB);
    expect(await remove(scene, image)).toEqual({
      ...{ end: 'kept', isOurs: true, reason: 'is in use by something that is not ours' },
    });
    expect(scene.machine.images.references).toEqual([WEB]);
  });

  test('an image that is still there after its removal is a failure', async () => {
    await using scene = await openScene();
    scene.machine.images.add(WEB, { labels: ownLabels });
    const images = new Proxy(scene.machine.images, {
      get: (store, key) =>
        key === 'remove' ? async () => 'removed' : (Reflect.get(store, key) as () => void).bind(store),
    });
    const failure = await failureOf(remove(scene, image, { images }));
    expect([failure.code, failure.message]).toEqual([
      ...['engine', `the image ${WEB} is still there after its removal`],
    ]);
  });

  test('an image without labels of ours stays, and so do other names of one that has them', async () => {
    await using scene = await openScene();
    const { images } = scene.machine;
    images.add(WEB);
    expect(await remove(scene, image)).toMatchObject({ end: 'kept', isOurs: false });
    images.add(WEB, { labels: ownLabels });
    images.tag(WEB, 'my/keep:1');
    expect(await remove(scene, { ...image, reference: 'my/keep:1' })).toMatchObject({ end: 'kept' });
    expect(await remove(scene, image)).toEqual({ end: 'removed' });
    expect(images.references).toEqual(['my/keep:1']);
  });

  test('removes the cluster with its record and its kubeconfig', async () => {
    await using scene = await openScene();
    await ensureCluster(scene.tools, scene.task);
    expect(existsSync(scene.run.kubeconfigFile)).toBe(true);
    await remove(scene, clusterResource);
    expect(await scene.machine.driver.observe(CLUSTER, scene.signal)).toMatchObject({ status: 'absent' });
    expect(await readClusterRecord(scene.stateFolder)).toBeUndefined();
    expect(existsSync(scene.run.kubeconfigFile)).toBe(false);
  });

  test('a cluster that cannot be removed stays recorded', async () => {
    await using scene = await openScene();
    await ensureCluster(scene.tools, scene.task);
    scene.machine.driver.failNext('delete', new Failure('cluster', 'it is stuck'));
    expect((await failureOf(remove(scene, clusterResource))).message).toBe('it is stuck');
    expect(await readClusterRecord(scene.stateFolder)).toBeDefined();
  });

  test('a removal whose hook fails tells what the hook said', async () => {
    await using scene = await openScene();
    await scene.startCluster();
    const { api, releases } = scene.machine.cluster!;
    const hook = 'apiVersion: v1\nkind: Pod\nmetadata: {name: bye, annotations: {helm.sh/hook: pre-delete}}';
    for (const object of [
      helmSecret({ name: 'web', namespace: 'small', revision: 1, status: 'uninstalling', hooks: [hook] }),
      {
        ...{ apiVersion: 'v1', kind: 'Pod', spec: { containers: [{ name: 'main' }] } },
        metadata: { name: 'bye', namespace: 'small', uid: 'p' },
        status: {
          phase: 'Failed',
          containerStatuses: [{ name: 'main', ready: false, state: { terminated: { exitCode: 1 } } }],
        },
      },
    ])
      api.add(object);
    api.setLog('small', 'bye', 'cannot say goodbye\n');
    releases.failNext('uninstall', 'web', new Failure('release', 'pre-delete hooks failed'));
    const failure = await failureOf(remove(scene, release));
    expect(failure.message).toBe('pre-delete hooks failed');
    expect(failure.details).toContain('  cannot say goodbye');
  });

  test('waits until a namespace has really gone', async () => {
    await using scene = await openScene();
    await scene.startCluster();
    const reference = { apiVersion: 'v1', kind: 'Namespace', name: 'small' };
    const { api } = scene.machine.cluster!;
    api.add({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'small', labels: ours } });
    api.linger(reference, 2);
    expect(await remove(scene, namespace)).toEqual({ end: 'removed' });
    expect(api.objects.filter(({ metadata }) => metadata.name === 'small')).toEqual([]);
    expect(scene.reports).toContain('waiting until Namespace small is gone');
    expect(await remove(scene, namespace)).toEqual({ end: 'absent' });
  });

  test('custom resources of an addon go first, their definitions after the addon', async () => {
    await using scene = await openScene();
    await scene.startCluster();
    const { api, releases } = scene.machine.cluster!;
    const define = (group: string, kind: string): void =>
      void api.add({
        ...{ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' },
        metadata: { name: `${kind.toLowerCase()}s.${group}` },
        spec: { group, names: { kind }, versions: [{ name: 'v1alpha1', storage: true }] },
      });
    define('dapr.io', 'Component');
    define('other.io', 'Widget');
    api.add({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'todo', labels: ours } });
    for (const [group, kind] of [
      ['dapr.io', 'Component'],
      ['other.io', 'Widget'],
    ] as const) {
      api.add({
        ...{ apiVersion: `${group}/v1alpha1`, kind },
        metadata: { name: 'pubsub', namespace: 'todo' },
      });
    }
    const reference = {
      apiVersion: 'dapr.io/v1alpha1',
      kind: 'Component',
      name: 'pubsub',
      namespace: 'todo',
    };
    api.linger(reference, 2);
    const groups = ['dapr.io'];
    expect(await remove(scene, { kind: 'custom-resources', name: 'dapr', groups, after: [] })).toEqual({
      ...{ end: 'removed', note: '1 removed' },
    });
    const names = (): string[] => api.objects.map((object) => `${object.apiVersion} ${object.metadata.name}`);
    expect(names()).not.toContain('dapr.io/v1alpha1 pubsub');
    expect(names()).toContain('apiextensions.k8s.io/v1 components.dapr.io');
    api.add({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'small' } });
    const installed = { name: 'web', namespace: 'small', revision: 1, labels: ours };
    releases.add({ ...installed, status: 'deployed' });
    await remove(scene, { ...release, groups } as Resource);
    expect(names()).not.toContain('apiextensions.k8s.io/v1 components.dapr.io');
    expect(names()).toEqual(
      expect.arrayContaining(['apiextensions.k8s.io/v1 widgets.other.io', 'other.io/v1alpha1 pubsub']),
    );
  });

  test('does not uninstall a release of somebody else', async () => {
    await using scene = await openScene();
    await scene.startCluster();
    const { api, releases } = scene.machine.cluster!;
    api.add({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'small' } });
    releases.add({ ...{ name: 'web', namespace: 'small', revision: 1, labels: {} }, status: 'deployed' });
    expect(await remove(scene, release)).toMatchObject({ end: 'kept', isOurs: false });
    expect(await releases.list(scene.signal)).toHaveLength(1);
  });

  describe.each([
    ['somebody else', {}, 'was not made by Slipway'],
    ['another environment', ownershipLabels('other'), 'belongs to the environment other'],
  ])('leaves alone, whatever the journal says of it, what belongs to %s:', (_whose, labels, reason) => {
    const kept = { end: 'kept', isOurs: false, reason };

    test.each<[string, Resource, object]>([
      ['a namespace', namespace, { kind: 'Namespace', metadata: { name: 'small', labels } }],
      [
        'a Secret',
        { kind: 'secret', name: 'db', namespace: 'small', after: [] },
        { kind: 'Secret', metadata: { name: 'db', namespace: 'small', labels } },
      ],
    ])('%s', async (_title, resource, object) => {
      await using scene = await openScene();
      await scene.startCluster();
      const { api } = scene.machine.cluster!;
      api.add({ apiVersion: 'v1', ...object } as ClusterObject);
      const before = structuredClone(api.objects);
      expect(await remove(scene, resource)).toEqual(kept);
      expect(api.objects).toEqual(before);
    });

    test('a release', async () => {
      await using scene = await openScene();
      await scene.startCluster();
      const { api, releases } = scene.machine.cluster!;
      api.add({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'small' } });
      releases.add({ ...{ name: 'web', namespace: 'small', revision: 1, labels }, status: 'deployed' });
      expect(await remove(scene, release)).toEqual(kept);
      expect(await releases.list(scene.signal)).toHaveLength(1);
    });

    test('custom resources of the kinds that an addon brought, and then these kinds', async () => {
      await using scene = await openScene();
      await scene.startCluster();
      const { api, releases } = scene.machine.cluster!;
      api.add({
        ...{ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' },
        metadata: { name: 'components.dapr.io' },
        spec: {
          ...{ group: 'dapr.io', names: { kind: 'Component' } },
          versions: [{ name: 'v1alpha1', storage: true }],
        },
      });
      api.add({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'theirs', labels } });
      api.add({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'small', labels: ours } });
      const kind = { apiVersion: 'dapr.io/v1alpha1', kind: 'Component' };
      api.add({ ...kind, metadata: { name: 'pubsub', namespace: 'theirs' } });
      const groups = ['dapr.io'];
      const before = structuredClone(api.objects);
      await remove(scene, { kind: 'custom-resources', name: 'dapr', groups, after: [] });
      const installed = { name: 'web', namespace: 'small', revision: 1, labels: ours };
      releases.add({ ...installed, status: 'deployed' });
      expect(await remove(scene, { ...release, groups } as Resource)).toEqual({ end: 'removed' });
      expect(api.objects).toEqual(before);
    });
  });

  test('makes a program that the removal needs', async () => {
    await using scene = await openScene();
    const made: string[] = [];
    const helm = {
      ...{ id: 'helm', title: 'Make helm', needs: [], fingerprint: '1', location: '/cache/helm' },
      ...{ isPresent: async () => false, make: async () => void made.push('helm') },
    };
    const step: Step = { ...removalOf(image), group: 'artifact', subject: 'helm', resource: undefined };
    await performDown(toolsOf(scene, { artifacts: [helm] }))(step, scene.task);
    expect(made).toEqual(['helm']);
  });
});
