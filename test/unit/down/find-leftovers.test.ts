import { describe, expect, test } from 'vitest';
import { Failure } from '../../../src/failure.ts';
import { resourceKey, type Resource } from '../../../src/plan/step.ts';
import { ownershipLabels } from '../../../src/kubernetes/ownership.ts';
import { ownershipMark } from '../../../src/cluster/cluster-identity.ts';
import { writeClusterRecord } from '../../../src/cluster/cluster-record.ts';
import { findLeftovers, type Leftovers } from '../../../src/down/find-leftovers.ts';
import { failureOf } from '../../support/failure-of.ts';
import { CLUSTER, clusterResource, openScene, type Scene, WEB } from '../up/scene.ts';

const ours = ownershipLabels('small');
const imageLabels = {
  'dev.slipway.owner': 'slipway',
  'dev.slipway.cluster': CLUSTER,
  'dev.slipway.image': 'web',
};

function find(scene: Scene, changes: Partial<Scene['tools']> = {}): Promise<Leftovers> {
  return findLeftovers({ ...scene.run, ...scene.tools, ...changes, journal: scene.journal }, scene.signal);
}

const keysOf = ({ resources }: Leftovers): string[] => resources.map(resourceKey).sort();

/** A running cluster with a namespace and a release of ours, and the same of somebody else. */
async function fill(scene: Scene): Promise<void> {
  await scene.startCluster();
  const { api, releases } = scene.machine.cluster!;
  for (const [name, labels] of [
    ['small', ours],
    ['foreign', {}],
    ['of-another', ownershipLabels('other')],
  ] as const) {
    api.add({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
    releases.add({ ...{ name: `${name}-web`, namespace: name, revision: 1, labels }, status: 'deployed' });
  }
}

describe('findLeftovers', () => {
  test('finds nothing where nothing is', async () => {
    await using scene = await openScene();
    expect(await find(scene)).toEqual({ resources: [], api: undefined, cluster: 'absent' });
  });

  test('finds by labels what no journal knows of, and nothing that is not ours', async () => {
    await using scene = await openScene();
    await fill(scene);
    scene.machine.cluster!.api.add(ownershipMark({ name: 'small' }));
    scene.machine.images.add(WEB, { labels: imageLabels });
    scene.machine.images.add('postgres:17');
    scene.machine.images.tag(WEB, 'my/keep:1');
    scene.machine.images.tag(WEB, WEB.replace('web:', 'other:'));
    scene.machine.images.buildFrom(WEB, 'my/own:1');
    scene.machine.images.buildFrom(WEB);
    const found = await find(scene);
    expect(found.api).toBeDefined();
    expect(keysOf(found)).toEqual([
      ...[`cluster:${CLUSTER}`, `image:${WEB}`, 'namespace:small', 'release:small/small-web'],
    ]);
  });

  test.each<[string, Record<string, string>]>([
    ['environment', { 'dev.slipway.environment': 'other' }],
    ['project', { 'dev.slipway.environment': 'small', 'dev.slipway.project': '0123456789ab' }],
  ])('leaves images of the same cluster’s name alone that are of another %s', async (_what, labels) => {
    await using scene = await openScene({ project: 'ba9876543210' });
    scene.machine.images.add(WEB, { labels: { ...imageLabels, ...labels } });
    expect((await find(scene)).resources).toEqual([]);
  });

  test('leaves a cluster alone that carries the mark of another project', async () => {
    await using scene = await openScene({ project: 'ba9876543210' });
    await fill(scene);
    const other = ownershipMark({ name: 'small', project: '0123456789ab' });
    scene.machine.cluster!.api.add(other);
    expect(await find(scene)).toEqual({ resources: [], api: undefined, cluster: 'foreign' });
  });

  test('names each once, with what the journal knows of it', async () => {
    await using scene = await openScene();
    const image: Resource = { kind: 'image', reference: WEB, after: ['image:base'] };
    await scene.journal.record('made', image);
    scene.machine.images.add(WEB, { labels: imageLabels });
    expect((await find(scene)).resources).toEqual([image]);
  });

  test('does not touch a cluster of that name that is not ours', async () => {
    await using scene = await openScene();
    await fill(scene);
    expect(await find(scene)).toEqual({ resources: [], api: undefined, cluster: 'foreign' });
    scene.machine.driver.stop(CLUSTER);
    expect(await find(scene)).toEqual({ resources: [], api: undefined, cluster: 'there' });
  });

  test('refuses a cluster that is another than the recorded one', async () => {
    await using scene = await openScene();
    await fill(scene);
    const record = { name: CLUSTER, identity: 'uid-of-ours', environment: 'small' };
    await writeClusterRecord(scene.stateFolder, record);
    await scene.journal.record('made', clusterResource);
    expect((await failureOf(find(scene))).code).toBe('identity');
  });

  test('a half-made cluster is ours by the journal, before it has a record', async () => {
    await using scene = await openScene();
    await fill(scene);
    await scene.journal.record('intended', clusterResource);
    expect(keysOf(await find(scene))).toContain(`cluster:${CLUSTER}`);
  });

  test('a cluster that does not answer is left to the journal', async () => {
    await using scene = await openScene();
    await fill(scene);
    await scene.journal.record('made', clusterResource);
    scene.machine.cluster!.api.failNext(new Failure('cluster', 'connection refused'));
    const found = await find(scene);
    expect([keysOf(found), found.api]).toEqual([[`cluster:${CLUSTER}`], undefined]);
  });

  test('an interrupt while it asks ends it, and is no cluster that does not answer', async () => {
    await using scene = await openScene();
    await fill(scene);
    const stop = new AbortController();
    const sources = { ...scene.run, ...scene.tools, journal: scene.journal };
    const connect = async (): ReturnType<typeof sources.connect> => {
      stop.abort(new Failure('interrupted', 'interrupted'));
      return scene.machine.api;
    };
    const failure = await failureOf(findLeftovers({ ...sources, connect }, stop.signal));
    expect(failure.code).toBe('interrupted');
  });

  test('refuses a cluster of the recorded name that somebody else has made', async () => {
    await using scene = await openScene();
    await scene.startCluster();
    await writeClusterRecord(scene.stateFolder, { name: CLUSTER, identity: 'uid-1', environment: 'small' });
    scene.machine.driver.disown(CLUSTER);
    expect((await failureOf(find(scene))).code).toBe('identity');
  });

  test('leaves a cluster alone that somebody else made before we came to make ours', async () => {
    await using scene = await openScene();
    await scene.journal.record('intended', clusterResource);
    await scene.startCluster();
    scene.machine.driver.disown(CLUSTER);
    expect(keysOf(await find(scene))).toEqual([]);
    expect(scene.journal.outstanding()).toEqual([]);
  });
});
