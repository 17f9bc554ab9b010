// What is remembered of the cluster that we made, so that no command ever changes another one.

import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../failure.ts';
import type { ClusterApi } from '../kubernetes/cluster-api.ts';

export interface ClusterRecord {
  readonly name: string;
  /** uid of the namespace kube-system. */
  readonly identity: string;
  readonly environment: string;
}

const FILE = 'cluster.json';

export async function readClusterRecord(stateFolder: string): Promise<ClusterRecord | undefined> {
  const file = join(stateFolder, FILE);
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new Failure('state', `${file} cannot be read: ${error.message}`, { cause: error });
  });
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as ClusterRecord;
  } catch (error) {
    throw new Failure('state', `${file} is not JSON`, {
      hint: `Delete ${file}; the cluster tells who made it.`,
      cause: error,
    });
  }
}

export async function writeClusterRecord(stateFolder: string, record: ClusterRecord): Promise<void> {
  await mkdir(stateFolder, { recursive: true, mode: 0o700 });
  const file = join(stateFolder, FILE);
  await writeFile(`${file}.new`, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600, flush: true });
  await rename(`${file}.new`, file);
}

export async function removeClusterRecord(stateFolder: string): Promise<void> {
  await rm(join(stateFolder, FILE), { force: true });
}

/** Refuses a cluster whose identity is not the recorded one: another cluster of the same name, or another context. */
export async function checkIdentity(
  api: ClusterApi,
  record: ClusterRecord,
  signal: AbortSignal,
): Promise<void> {
  const found = await api.identity(signal);
  if (found === record.identity) return;
  throw new Failure('identity', `cluster ${record.name} is not the one that Slipway made`, {
    details: [
      `made by Slipway: kube-system uid ${record.identity}`,
      `answering now:   kube-system uid ${found}`,
    ],
    hint: `Somebody made another cluster of that name. Delete it yourself, or name another one in the config (cluster.name).`,
  });
}

/** The mark that the cluster itself carries, for when the state folder is gone. */
export function ownershipMark(environment: string): Parameters<ClusterApi['apply']>[0] {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'slipway', namespace: 'kube-system', labels: { 'slipway.dev/owner': 'slipway' } },
    data: { environment },
  };
}

/** True when the cluster carries our mark for this environment. */
export async function carriesMark(
  api: ClusterApi,
  environment: string,
  signal: AbortSignal,
): Promise<boolean> {
  const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'slipway', namespace: 'kube-system' };
  const mark = await api.get(reference, signal);
  return (mark?.['data'] as Record<string, string> | undefined)?.['environment'] === environment;
}
