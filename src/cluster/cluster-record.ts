// What is remembered of the cluster that we made, so that no command ever changes another one.

import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Failure } from '../failure.ts';
import { shownArgument } from '../process/quote-command.ts';
import { knownPlaces, readPlace } from '../state/known-places.ts';
import { CLUSTER_RECORD_FILE, KUBECONFIG_FILE } from '../state/state-files.ts';

export interface ClusterRecord {
  readonly name: string;
  /** uid of the namespace kube-system. */
  readonly identity: string;
  readonly environment: string;
  /** SHA-256 of the certificate of its authority. */
  readonly authority?: string | undefined;
  /** ISO 8601: when it was last waited for until it could be used. */
  readonly settledAt?: string | undefined;
}

/**
 * The newest of those that share the cluster, where it is shared: whichever of them made it anew, it is the cluster of all.
 */
export async function readClusterRecord(stateFolder: string): Promise<ClusterRecord | undefined> {
  const own = await readOwnRecord(stateFolder);
  const place = await readPlace(stateFolder);
  // One that comes to a cluster has nothing of its own yet, only the name of its folder.
  const [clusterName = '', environment] = basename(stateFolder).split('.');
  if (place?.shared !== true && (place !== undefined || environment === undefined)) return own;
  const known = await knownPlaces(dirname(stateFolder));
  const sharers = known.filter(
    (other) =>
      other.shared === true && other.clusterName === clusterName && other.stateFolder !== stateFolder,
  );
  // A damaged one is told to its own environment.
  const theirs = await Promise.all(
    sharers.map((other) => readOwnRecord(other.stateFolder).catch(() => undefined)),
  );
  return [own, ...theirs].reduce((newest, record) =>
    (record?.settledAt ?? '') > (newest?.settledAt ?? '') || newest === undefined ? record : newest,
  );
}

/** Written down for this environment, too: it has to know its cluster when the others have gone. */
export async function keepClusterRecord(stateFolder: string): Promise<void> {
  const own = await readOwnRecord(stateFolder);
  const record = await readClusterRecord(stateFolder);
  if (record === undefined) return;
  // Of a cluster that another one has made anew meanwhile nothing else leads to the new one.
  if (own !== undefined && own.identity !== record.identity)
    await rm(join(stateFolder, KUBECONFIG_FILE), { force: true });
  await writeClusterRecord(stateFolder, record);
}

async function readOwnRecord(stateFolder: string): Promise<ClusterRecord | undefined> {
  const file = join(stateFolder, CLUSTER_RECORD_FILE);
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new Failure('state', `${file} cannot be read: ${error.message}`, {
      cause: error,
      hint: `Make it a file that you can read, or remove ${shownArgument(file)}; the cluster tells who made it.`,
    });
  });
  if (text === undefined) return undefined;
  const record = readRecord(text);
  if (record !== undefined) return record;
  throw new Failure('state', `${file} does not say which cluster was made`, {
    hint: `Delete ${shownArgument(file)}; the cluster tells who made it.`,
  });
}

function readRecord(text: string): ClusterRecord | undefined {
  try {
    const record = JSON.parse(text) as ClusterRecord | null;
    const isWhole = [record?.name, record?.identity, record?.environment].every(
      (field) => typeof field === 'string' && field !== '',
    );
    return isWhole ? record! : undefined;
  } catch {
    return undefined;
  }
}

export async function writeClusterRecord(stateFolder: string, record: ClusterRecord): Promise<void> {
  await mkdir(stateFolder, { recursive: true, mode: 0o700 });
  const file = join(stateFolder, CLUSTER_RECORD_FILE);
  await writeFile(`${file}.new`, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600, flush: true });
  await rename(`${file}.new`, file);
}

export async function removeClusterRecord(stateFolder: string): Promise<void> {
  await rm(join(stateFolder, CLUSTER_RECORD_FILE), { force: true });
}
