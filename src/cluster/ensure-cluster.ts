// Makes the cluster, or brings it back, waits until it can be used, and remembers which one it is.

import { waitForCluster } from './wait-for-cluster.ts';
import type { Task } from '../task.ts';
import {
  carriesMark,
  checkAuthority,
  checkIdentity,
  notOurs,
  ownershipMark,
  readAuthority,
} from './cluster-identity.ts';
import { readClusterRecord, writeClusterRecord } from './cluster-record.ts';
import { Failure } from '../failure.ts';
import { holderOf } from '../process/process-lock.ts';
import { runLockOf } from '../run/run-lock-file.ts';
import { otherPlaces } from '../state/other-places.ts';
import type { UpTools } from '../up/up-tools.ts';

/** For each of API, nodes, CoreDNS and storage. All four take 20 s here; slow disks get ten times that. */
const READY_WITHIN_MS = 200_000;

type ClusterTools = Pick<UpTools, 'run' | 'driver' | 'connect'>;

export async function ensureCluster(tools: ClusterTools, task: Task): Promise<string> {
  const { run, driver } = tools;
  const name = run.clusterName;
  const { status, isOnOwnNetwork } = await driver.observe(name, task.signal);
  if (status !== 'absent' && (await readClusterRecord(run.stateFolder))) {
    await reviveCluster(tools, task);
    return 'started again';
  }
  // What is there now was never finished: its making is in the journal, its record was never written.
  if (status !== 'absent') {
    if (!isOnOwnNetwork) throw notOurs(name);
    await refuseWhileMade(run);
    task.report({ text: 'removing what an interrupted run has left' });
    await driver.delete(name, task);
  } else await refuseWhileMade(run);
  const { ports, nodeImage, clusterConfigFile: configFile, kubeconfigFile } = run;
  await driver.create({ name, configFile, nodeImage, ports, kubeconfigFile }, task);
  const api = await tools.connect();
  await waitForCluster(api, task, { deadlineMs: READY_WITHIN_MS });
  await api.apply(ownershipMark(run), { signal: task.signal });
  await recordSettled(tools, await api.identity(task.signal));
  return ports.map((port) => `${port.name} ${port.listenAddress}:${port.hostPort}`).join(', ');
}

/** Of two environments that share a cluster and make it at once, each would take the other's for a half-made one. */
async function refuseWhileMade(run: UpTools['run']): Promise<void> {
  if (!run.environment.cluster.shared) return;
  for (const { environment, stateFolder } of await otherPlaces(run)) {
    const holder = await holderOf(runLockOf(stateFolder)).catch(() => undefined);
    if (holder === undefined) continue;
    throw new Failure(
      'state',
      `the environment ${environment}, which shares the cluster ${run.clusterName}, is at work: ${holder}`,
      { hint: 'Only one of them can make the cluster. Run this again when it is there.' },
    );
  }
}

/**
 * Brings a cluster of ours back that is there: starts nodes that are stopped or paused, and waits until its API answers
 * and tells what is true now. After a restart of the machine or the engine, that takes a while.
 */
export async function reviveCluster(tools: ClusterTools, task: Task): Promise<void> {
  const { run, driver } = tools;
  await driver.start(run.clusterName, task);
  const record = await readClusterRecord(run.stateFolder);
  if (record) await checkAuthority(driver, run, record, task.signal);
  const api = await tools.connect();
  await waitForCluster(api, task, { deadlineMs: READY_WITHIN_MS });
  if (record) await checkIdentity(api, record, task.signal);
  else if (!(await carriesMark(api, run, task.signal))) throw notOurs(run.clusterName);
  await recordSettled(tools, await api.identity(task.signal));
}

async function recordSettled({ run }: ClusterTools, identity: string): Promise<void> {
  await writeClusterRecord(run.stateFolder, {
    ...{ name: run.clusterName, identity, environment: run.name },
    authority: await readAuthority(run.kubeconfigFile),
    settledAt: new Date().toISOString(),
  });
}
