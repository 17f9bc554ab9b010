// What is remembered of the cluster that we made, so that no command ever changes another one.

import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../failure.ts';
import { shownArgument } from '../process/quote-command.ts';

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

export const CLUSTER_RECORD_FILE = 'cluster.json';

export async function readClusterRecord(stateFolder: string): Promise<ClusterRecord | undefined> {
  const file = join(stateFolder, CLUSTER_RECORD_FILE);
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new Failure('state', `${file} cannot be read: ${error.message}`, { cause: error });
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
