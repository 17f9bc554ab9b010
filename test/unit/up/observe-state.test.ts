import { describe, expect, test } from 'vitest';
import { Failure } from '../../../src/failure.ts';
import { ApiStatus } from '../../../src/kubernetes/client/api-status.ts';
import { ownershipLabels } from '../../../src/kubernetes/ownership.ts';
import { ownershipMark } from '../../../src/cluster/cluster-identity.ts';
import { readClusterRecord, writeClusterRecord } from '../../../src/cluster/cluster-record.ts';
import { judgeReleases, observeState } from '../../../src/up/observe-state.ts';
import { performUp } from '../../../src/up/perform-up.ts';
import type { FakeAuthoritySource } from '../../fakes/authority-source.ts';
import { failureOf } from '../../support/failure-of.ts';
import { CLUSTER, clusterResource, openScene, type Scene, WEB } from './scene.ts';

const record = { name: CLUSTER, identity: 'uid-1', environment: 'small' };
const ours = ownershipLabels('small');

async function openOurs(): Promise<Scene> {
  const scene = await openScene();
  await scene.startCluster();
  await writeClusterRecord(scene.stateFolder, record);
  return scene;
}

const look = (scene: Scene): ReturnType<typeof observeState> =>
  observeState(scene.tools, scene.journal, scene.signal);

describe('observeState', () => {
  test('finds nothing where nothing is, and asks no cluster', async () => {
    await using scene = await openScene();
    expect(await look(scene)).toMatchObject({ cluster: 'absent', releases: [], budget: undefined });
  });

  test('tells a cluster of ours that is stopped', async () => {
    await using scene = await openOurs();
    scene.machine.driver.stop(CLUSTER);
    expect(await look(scene)).toMatchObject({ cluster: 'stopped', releases: [] });
  });

  test('a cluster that was begun and never recorded is half made, running or stopped', async () => {
    await using scene = await openScene();
    await scene.startCluster();
    await scene.journal.record('intended', clusterResource);
    expect(await look(scene)).toMatchObject({ cluster: 'half-made' });
    scene.machine.driver.stop(CLUSTER);
    expect(await look(scene)).toMatchObject({ cluster: 'half-made' });
  });

  test.each(['running', 'stopped'])('refuses a %s cluster that Slipway did not make', async (status) => {
    await using scene = await openScene();
    await scene.startCluster();
    scene.machine.driver.disown(CLUSTER);
    if (status === 'stopped') scene.machine.driver.stop(CLUSTER);
    const failure = await failureOf(look(scene));
    expect(failure.code).toBe('ownership');
    expect(failure.message).toContain(CLUSTER);
    expect(scene.journal.outstanding()).toEqual([]);
  });

  test('a cluster of ours that runs and does not answer is waking', async () => {
    await using scene = await openOurs();
    const cause = new ApiStatus(0, '', 'connection refused');
    scene.machine.cluster!.api.failNext(new Failure('cluster', 'connection refused', { cause }));
    expect(await look(scene)).toMatchObject({ cluster: 'waking', releases: [] });
  });

  test('a cluster of ours whose nodes were started since it was last waited for is waking', async () => {
    await using scene = await openOurs();
    scene.machine.driver.restart(CLUSTER, 5000);
    expect(await look(scene)).toMatchObject({ cluster: 'waking' });
    await writeClusterRecord(scene.stateFolder, { ...record, settledAt: new Date().toISOString() });
    expect(await look(scene)).toMatchObject({ cluster: 'running' });
    const settledAt = new Date(Date.now() - 60_000).toISOString();
    await writeClusterRecord(scene.stateFolder, { ...record, settledAt });
    expect(await look(scene)).toMatchObject({ cluster: 'waking' });
    scene.machine.driver.restart(CLUSTER, 100_000);
    expect(await look(scene)).toMatchObject({ cluster: 'running' });
  });

  test('a cluster of ours is not half made because its record was lost', async () => {
    await using scene = await openScene();
    await scene.startCluster();
    await scene.journal.record('made', clusterResource);
    scene.machine.cluster!.api.add(ownershipMark({ name: 'small' }));
    expect(await look(scene)).toMatchObject({ cluster: 'running' });
    expect(scene.machine.driver.calls).toEqual([`create ${CLUSTER}`]);
  });

  test('refuses a cluster of the recorded name that somebody else has made, running or not', async () => {
    await using scene = await openOurs();
    scene.machine.driver.disown(CLUSTER);
    expect((await failureOf(look(scene))).code).toBe('identity');
    scene.machine.driver.stop(CLUSTER);
    expect((await failureOf(look(scene))).details.join()).toContain('uid-1');
  });

  test('refuses another cluster of the recorded name, and shows both identities', async () => {
    await using scene = await openOurs();
    await writeClusterRecord(scene.stateFolder, { ...record, identity: 'uid-of-ours' });
    const failure = await failureOf(look(scene));
    expect(failure.code).toBe('identity');
    expect(failure.details.join('\n')).toMatch(/uid-of-ours[^]*uid-1/);
  });

  test('takes up a cluster that carries the mark of this environment, when the state folder is gone', async () => {
    await using scene = await openScene();
    await scene.startCluster();
    scene.machine.cluster!.api.add(ownershipMark({ name: 'small' }));
    expect(await look(scene)).toMatchObject({ cluster: 'running' });
    expect(await readClusterRecord(scene.stateFolder)).toEqual(record);
    expect(scene.journal.markOf(clusterResource)).toBe('made');
  });

  test('does not take up a cluster that carries the mark of another environment', async () => {
    await using scene = await openScene();
    await scene.startCluster();
    scene.machine.cluster!.api.add(ownershipMark({ name: 'other' }));
    expect((await failureOf(look(scene))).code).toBe('ownership');
    expect(await readClusterRecord(scene.stateFolder)).toBeUndefined();
  });

  test('counts only namespaces that are ours and are to stay', async () => {
    await using scene = await openOurs();
    const namespace = (name: string, more: object): Parameters<typeof scene.machine.api.apply>[0] => ({
      ...{ apiVersion: 'v1', kind: 'Namespace' },
      metadata: { name, ...more },
    });
    scene.machine
      .cluster!.api.add(namespace('small', { labels: ours }))
      .add(namespace('foreign', {}))
      .add(namespace('going', { labels: ours, deletionTimestamp: '2026-01-01T00:00:00Z' }));
    expect([...(await look(scene)).namespaces]).toEqual(['small']);
  });

  test('what is in a namespace that goes counts no longer, although it may be there for a moment yet', async () => {
    await using scene = await openOurs();
    const { api, releases } = scene.machine.cluster!;
    const deletionTimestamp = '2026-01-01T00:00:00Z';
    api
      .add({
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: 'small', labels: ours, deletionTimestamp },
      })
      .add({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'stays', labels: ours } })
      .add({
        ...{ apiVersion: 'v1', kind: 'Secret', data: { password: 'aGVsbG8gd29ybGQ=' } },
        metadata: { name: 'database', namespace: 'small', labels: ours },
      });
    releases.add({ name: 'web', namespace: 'small', revision: 1, status: 'deployed', labels: ours });
    releases.add({ name: 'other', namespace: 'stays', revision: 1, status: 'deployed', labels: ours });
    const seen = await look(scene);
    expect([...seen.secrets]).toEqual([]);
    expect(seen.releases.map(({ name }) => name)).toEqual(['other']);
  });

  test.each([
    ['is complete with all its keys', { password: 'aGVsbG8gd29ybGQ=' }, ours, ['small/database']],
    ['is incomplete without one of its keys', { other: 'aGVsbG8=' }, ours, []],
    ['does not count when it is not ours', { password: 'aGVsbG8gd29ybGQ=' }, {}, []],
  ])('a secret %s', async (_title, data, labels, expected) => {
    await using scene = await openOurs();
    const metadata = { name: 'database', namespace: 'small', labels };
    scene.machine.cluster!.api.add({ apiVersion: 'v1', kind: 'Secret', metadata, data });
    expect([...(await look(scene)).secrets]).toEqual(expected);
  });

  describe('of a secret that is there', () => {
    const keys = {
      password: { generate: { bytes: 8 } },
      url: { template: 'db://{{password}}' },
      token: { fromEnv: 'TOKEN', optional: true },
    };
    const data = { password: btoa('generated'), url: btoa('db://generated'), token: btoa('first token') };
    const metadata = { name: 'database', namespace: 'small', labels: ours };
    const kept = { ...metadata, name: 'database.slipway-kept' };

    test.each<[string, Record<string, string>, Record<string, string | undefined>, string[]]>([
      ['nothing differs', data, {}, []],
      ['nothing differs with the same variable', data, { TOKEN: 'first token' }, []],
      ['the variable has changed', data, { TOKEN: 'second token' }, ['key token has another value']],
      ['the variable is set to nothing', data, { TOKEN: '' }, ['key token is not declared']],
      [
        'the variable is set for the first time',
        { password: data.password, url: data.url },
        { TOKEN: 't0ken' },
        ['key token is not there'],
      ],
      ['the template was edited', { ...data, url: btoa('db://other') }, {}, ['key url has another value']],
      ['a key was deleted', { url: data.url }, {}, ['key password is not there']],
      [
        'a generated value was edited',
        { ...data, password: btoa('by hand') },
        {},
        ['key password has another value'],
      ],
      ['a key is not declared', { ...data, old: btoa('x') }, {}, ['key old is not declared']],
      [
        'a key has a name that objects have',
        { ...data, constructor: btoa('x') },
        {},
        ['key constructor is not declared'],
      ],
    ])('%s', async (_title, found, env, expected) => {
      await using plain = await openScene();
      const { run } = plain;
      const environment = { ...run.environment, secrets: { database: { keys } } };
      await using scene = await openScene({ environment });
      await scene.startCluster();
      await writeClusterRecord(scene.stateFolder, record);
      scene.machine
        .cluster!.api.add({ apiVersion: 'v1', kind: 'Secret', metadata, data: found })
        .add({ apiVersion: 'v1', kind: 'Secret', metadata: kept, data: { password: data.password } });
      const seen = await observeState({ ...scene.tools, env }, scene.journal, scene.signal);
      expect(seen.secretChanges?.get('small/database')).toEqual(expected);
      expect([...seen.secrets]).toEqual(expected.length === 0 ? ['small/database'] : []);
    });
  });

  test('tells of pods that were started with an earlier secret, by the live objects', async () => {
    await using scene = await openOurs();
    const { api, releases } = scene.machine.cluster!;
    const containers = [{ name: 'main', envFrom: [{ secretRef: { name: 'database' } }] }];
    const web = {
      ...{ apiVersion: 'apps/v1', kind: 'Deployment' },
      metadata: {
        name: 'web',
        namespace: 'small',
        annotations: { 'slipway.dev/secrets': 'small/database@v1' },
      },
      spec: { template: { spec: { containers } } },
    };
    const secret = (version: string) => ({
      ...{ apiVersion: 'v1', kind: 'Secret', data: { password: btoa('generated') } },
      metadata: {
        name: 'database',
        namespace: 'small',
        labels: ours,
        annotations: { 'slipway.dev/version': version },
      },
    });
    const small = { name: 'small', labels: ours };
    api.add({ apiVersion: 'v1', kind: 'Namespace', metadata: small });
    api.add(web).add(secret('v1'));
    const manifest = JSON.stringify(web);
    releases.add({
      name: 'web',
      namespace: 'small',
      revision: 1,
      status: 'deployed',
      labels: ours,
      manifest,
    });
    const [fresh] = (await look(scene)).releases;
    expect(fresh).toMatchObject({ usedSecrets: ['small/database'], staleSecrets: [] });
    api.add(secret('v2'));
    const [stale] = (await look(scene)).releases;
    expect(stale?.staleSecrets).toEqual(['Deployment web runs with an earlier secret database']);
  });

  test('a secret of the authority is complete as long as it holds the present one', async () => {
    const database = { authority: 'local' as const };
    await using other = await openScene();
    const environment = { ...other.run.environment, secrets: { database } };
    await using scene = await openScene({ environment });
    await scene.startCluster();
    await writeClusterRecord(scene.stateFolder, record);
    const { api } = scene.machine.cluster!;
    api.add({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'small' } });
    expect([...(await look(scene)).secrets]).toEqual([]);
    const task = { signal: scene.signal, report: () => undefined };
    await performUp(scene.tools)(
      {
        ...{ id: 'secret:database', group: 'secret', subject: 'database', title: 'Secret database' },
        ...{ needs: [], lane: 'cluster', action: 'do', reason: 'not there yet' },
      },
      task,
      async () => undefined,
    );
    expect([...(await look(scene)).secrets]).toEqual(['small/database']);
    expect(scene.tools.redactor.redact('it says key of certificate 1')).toBe('it says ‹secret›');
    (scene.tools.authority as FakeAuthoritySource).lose();
    expect([...(await look(scene)).secrets]).toEqual([]);
  });

  test('the values of secrets that it reads are hidden from then on', async () => {
    await using scene = await openOurs();
    const metadata = { name: 'database', namespace: 'small', labels: ours };
    const data = { password: 'aGVsbG8gd29ybGQ=' };
    scene.machine.cluster!.api.add({ apiVersion: 'v1', kind: 'Secret', metadata, data });
    await look(scene);
    expect(scene.tools.redactor.redact('it says hello world')).not.toContain('hello world');
  });

  test('an image counts as loaded when every node has it as the engine does', async () => {
    await using scene = await openOurs();
    scene.machine.images.add(WEB);
    expect([...(await look(scene)).loaded]).toEqual([]);
    await scene.machine.loader.load({ references: [WEB], nodes: [`${CLUSTER}-control-plane`] }, scene.task);
    expect([...(await look(scene)).loaded]).toEqual([WEB]);
    scene.machine.images.add(WEB, { id: 'sha256:other' });
    expect([...(await look(scene)).loaded]).toEqual([]);
  });

  test('a failure of the engine is no absence of images', async () => {
    await using scene = await openScene();
    scene.machine.images.failNext('list', new Failure('engine', 'it broke off'));
    expect((await failureOf(look(scene))).message).toBe('it broke off');
  });

  test('a release that cannot get ready is told of with what is in its way', async () => {
    await using scene = await openOurs();
    const { api, releases } = scene.machine.cluster!;
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', namespace: 'small', uid: 'p' } };
    api.add({ ...pod, status: { phase: 'Failed', message: 'evicted' } });
    releases.add({
      ...{ name: 'web', namespace: 'small', revision: 1, status: 'deployed', labels: ours },
      manifest: JSON.stringify(pod),
    });
    const [seen] = await judgeReleases(api, await releases.list(scene.signal), scene.signal);
    expect(seen?.verdict).toEqual({ state: 'failed', waitingFor: ['pod web: PodFailed: evicted'] });
  });
});
