import { describe, expect, test } from 'vitest';
import { Failure } from '../../../src/failure.ts';
import { carriesMark, ownershipMark } from '../../../src/cluster/cluster-identity.ts';
import { readClusterRecord, writeClusterRecord } from '../../../src/cluster/cluster-record.ts';
import { ensureCluster, reviveCluster } from '../../../src/cluster/ensure-cluster.ts';
import { ApiStatus } from '../../../src/kubernetes/client/api-status.ts';
import { failureOf } from '../../support/failure-of.ts';
import { selfSigned } from '../../support/self-signed.ts';
import { CLUSTER, openScene } from '../up/scene.ts';

const port = { name: 'http', containerPort: 80, hostPort: 8080, listenAddress: '127.0.0.1' };

describe('ensureCluster', () => {
  test('makes the cluster with the chosen ports, and marks and records it', async () => {
    await using scene = await openScene({ ports: [port], nodeImage: 'slipway.local/node:sha-1' });
    expect(await ensureCluster(scene.tools, scene.task)).toBe('http 127.0.0.1:8080');
    expect(scene.machine.driver.spec(CLUSTER)).toMatchObject({
      ports: [port],
      nodeImage: 'slipway.local/node:sha-1',
      kubeconfigFile: scene.run.kubeconfigFile,
    });
    const identity = await scene.machine.api.identity(scene.signal);
    expect(await readClusterRecord(scene.stateFolder)).toMatchObject({
      ...{ name: CLUSTER, identity, environment: 'small' },
    });
    expect(await carriesMark(scene.machine.api, { name: 'small' }, scene.signal)).toBe(true);
  });

  test('starts a stopped cluster again, and makes none', async () => {
    await using scene = await openScene();
    await ensureCluster(scene.tools, scene.task);
    scene.machine.driver.stop(CLUSTER);
    expect(await ensureCluster(scene.tools, scene.task)).toBe('started again');
    expect(scene.machine.driver.calls).toEqual([`create ${CLUSTER}`, `start ${CLUSTER}`]);
  });

  test('refuses a cluster that turns out to be another one once it is started', async () => {
    await using scene = await openScene();
    await scene.startCluster();
    scene.machine.driver.stop(CLUSTER);
    const record = { name: CLUSTER, identity: 'uid-of-ours', environment: 'small' };
    await writeClusterRecord(scene.stateFolder, record);
    expect((await failureOf(ensureCluster(scene.tools, scene.task))).code).toBe('identity');
  });

  test('removes what an interrupted run has left before it makes a new one', async () => {
    await using scene = await openScene();
    await scene.startCluster();
    const before = await scene.machine.api.identity(scene.signal);
    await ensureCluster(scene.tools, scene.task);
    expect(scene.machine.driver.calls.slice(1)).toEqual([`delete ${CLUSTER}`, `create ${CLUSTER}`]);
    expect((await readClusterRecord(scene.stateFolder))?.identity).not.toBe(before);
    expect(scene.reports).toContain('removing what an interrupted run has left');
  });

  test('records nothing when the making fails', async () => {
    await using scene = await openScene();
    scene.machine.driver.failNext('create', new Failure('cluster', 'no space'));
    expect((await failureOf(ensureCluster(scene.tools, scene.task))).message).toBe('no space');
    expect(await readClusterRecord(scene.stateFolder)).toBeUndefined();
  });

  test('touches no cluster of its name that somebody else has made', async () => {
    await using scene = await openScene();
    await scene.startCluster();
    scene.machine.driver.disown(CLUSTER);
    expect((await failureOf(ensureCluster(scene.tools, scene.task))).code).toBe('ownership');
    expect(scene.machine.driver.calls).toEqual([`create ${CLUSTER}`]);
  });
});

describe('reviveCluster', () => {
  test('waits as long as the API does not answer, saying so, and remembers that it came back', async () => {
    await using scene = await openScene();
    await ensureCluster(scene.tools, scene.task);
    const before = await readClusterRecord(scene.stateFolder);
    const cause = new ApiStatus(0, '', 'socket disconnected');
    const { api } = scene.machine.cluster!;
    for (let look = 0; look < 3; look++) api.failNext(new Failure('cluster', 'cannot get it', { cause }));
    await reviveCluster(scene.tools, scene.task);
    expect(scene.reports).toContain('waiting for the API: the API does not answer: cannot get it');
    const after = await readClusterRecord(scene.stateFolder);
    expect(Date.parse(after!.settledAt!)).toBeGreaterThan(Date.parse(before!.settledAt!));
  });

  test('takes up a cluster that carries our mark, and refuses one that does not', async () => {
    await using scene = await openScene();
    await scene.startCluster();
    scene.machine.driver.stop(CLUSTER);
    expect((await failureOf(reviveCluster(scene.tools, scene.task))).code).toBe('ownership');
    scene.machine.cluster!.api.add(ownershipMark({ name: 'small' }));
    await reviveCluster(scene.tools, scene.task);
    expect(await readClusterRecord(scene.stateFolder)).toMatchObject({ identity: 'uid-1' });
  });

  test('refuses at once a cluster whose nodes hold another authority, and shows both', async () => {
    await using scene = await openScene();
    await ensureCluster(scene.tools, scene.task);
    const record = (await readClusterRecord(scene.stateFolder))!;
    await writeClusterRecord(scene.stateFolder, { ...record, authority: 'AA:BB' });
    scene.machine.driver.authority = selfSigned('authority.test').certificate;
    const failure = await failureOf(reviveCluster(scene.tools, scene.task));
    expect(failure.code).toBe('identity');
    expect(failure.details.join('\n')).toMatch(/uid-1, authority AA:BB[^]*authority ([0-9A-F]{2}:){31}/);
  });
});
