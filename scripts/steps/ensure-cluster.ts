// Makes or starts the cluster, waits until it can be used, and remembers which one it is.

import { waitForCluster } from '../cluster/wait-for-cluster.ts';
import type { Task } from '../task.ts';
import { checkIdentity, ownershipMark, readClusterRecord, writeClusterRecord } from './cluster-record.ts';
import type { UpTools } from './up-tools.ts';

/** For each of API, nodes, CoreDNS and storage. All four take 20 s here; slow disks get ten times that. */
const READY_WITHIN_MS = 200_000;

export async function ensureCluster(tools: UpTools, task: Task): Promise<string> {
  const { run, driver } = tools;
  const name = run.clusterName;
  const { status } = await driver.observe(name, task.signal);
  const record = await readClusterRecord(run.stateFolder);
  if (status === 'stopped' && record) {
    await driver.start(name, task);
    const api = await tools.connect();
    await waitForCluster(api, task, { deadlineMs: READY_WITHIN_MS });
    await checkIdentity(api, record, task.signal);
    return 'started again';
  }
  // What is there now was never finished: its making is in the journal, its record was never written.
  if (status !== 'absent') {
    task.report({ text: 'removing what an interrupted run has left' });
    await driver.delete(name, task);
  }
  const { ports, nodeImage, clusterConfigFile: configFile, kubeconfigFile } = run;
  await driver.create({ name, configFile, nodeImage, ports, kubeconfigFile }, task);
  const api = await tools.connect();
  await waitForCluster(api, task, { deadlineMs: READY_WITHIN_MS });
  await api.apply(ownershipMark(run.name), { signal: task.signal });
  const identity = await api.identity(task.signal);
  await writeClusterRecord(run.stateFolder, { name, identity, environment: run.name });
  return ports.map((port) => `${port.name} ${port.listenAddress}:${port.hostPort}`).join(', ');
}
