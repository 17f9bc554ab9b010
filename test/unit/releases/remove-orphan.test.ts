import { expect, test } from 'vitest';
import { planUp } from '../../../src/plan/plan-up.ts';
import { writeClusterRecord } from '../../../src/cluster/cluster-record.ts';
import { recordMaking } from '../../../src/run/journalled.ts';
import { observeState } from '../../../src/up/observe-state.ts';
import { performUp } from '../../../src/up/perform-up.ts';
import { ownershipLabels, sharedLabels } from '../../../src/kubernetes/ownership.ts';
import { podChart } from '../../support/small-environment.ts';
import { CLUSTER, clusterResource, openScene, type Scene } from '../up/scene.ts';

const old = { name: 'old', namespace: 'small' };
const claim = JSON.stringify({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data' } });

/** A cluster in which an earlier config had another release. */
async function openRenamed(environment: string, more = ''): Promise<Scene> {
  const scene = await openScene();
  const desired = { ...scene.run.desired, environment: 'small' };
  Object.assign(scene.run, { desired });
  await scene.startCluster();
  await scene.journal.record('made', clusterResource);
  const { api, releases } = scene.machine.cluster!;
  api.add({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'small' } });
  const identity = await api.identity(scene.signal);

  await writeClusterRecord(scene.stateFolder, { name: CLUSTER, identity, environment: 'small' });
  const labels = { 'slipway.dev/owner': 'slipway', 'slipway.dev/environment': environment };
  const manifest = `${podChart({ ...old, chart: '', values: { image: 'a' } })}\n---\n${more}`;
  releases.add({ ...old, revision: 1, status: 'deployed', labels, manifest });
  return scene;
}

async function orphansOf(scene: Scene) {
  const observed = await observeState(scene.tools, scene.journal, scene.signal);
  return planUp(scene.run.desired, observed).filter(({ group }) => group === 'orphan');
}

test('a release that the config no longer names is uninstalled, and journalled as gone', async () => {
  await using scene = await openRenamed('small');
  const resource = { ...old, kind: 'release' as const, after: [] };
  await scene.journal.record('made', resource);
  const [step] = await orphansOf(scene);
  expect(step).toMatchObject({ id: 'orphan:small/old', action: 'do' });
  await recordMaking(scene.journal, performUp(scene.tools))(step!, scene.task);
  expect(await scene.machine.releases.list(scene.signal)).toEqual([]);
  expect(scene.journal.outstanding().map((entry) => entry.resource.kind)).toEqual(['cluster']);
  expect(await orphansOf(scene)).toEqual([]);
});

test('one with a claim is told, and stays', async () => {
  await using scene = await openRenamed('small', claim);
  expect(await orphansOf(scene)).toMatchObject([
    { action: 'skip', reason: expect.stringContaining('persistentvolumeclaim data') },
  ]);
});

test('one of another environment in the same cluster is none of ours', async () => {
  await using scene = await openRenamed('other');
  expect(await orphansOf(scene)).toEqual([]);
});

test('one that another environment in the cluster uses goes over to that one', async () => {
  await using scene = await openRenamed('small');
  const { api } = scene.machine.cluster!;
  await api.apply(
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'small', labels: sharedLabels('small', ['other']) },
    },
    { signal: scene.signal },
  );
  const [step] = await orphansOf(scene);
  const note = await recordMaking(scene.journal, performUp(scene.tools))(step!, scene.task);
  expect(note).toBe('kept: it is used by the environment other, which has it now');
  expect((await scene.machine.releases.list(scene.signal))[0]?.labels).toMatchObject(
    ownershipLabels('other'),
  );
  expect(await orphansOf(scene)).toEqual([]);
});
