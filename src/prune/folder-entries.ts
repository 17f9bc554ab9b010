// What lies in Slipway's own folders: entries of the artifact cache, what killed runs left there, state folders.

import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { manifestName } from '../packages/artifact-cache.ts';
import { clusterOf, type LedgerEntry } from './ledger-entry.ts';

const LEFTOVER = '.tmp-';
const FINGERPRINT = /^[0-9a-f]{12}$/;
/** Folders of state that belong to no cluster, and what they are for. */
const LASTING: ReadonlyMap<string, string> = new Map([
  ['authority', 'your certificate authority (slipway trust)'],
  ['engine', 'log and runtime of the container engine'],
  ['traces', 'traces of the last runs, which stay 20'],
]);

/** Of `<folder>/<artifact>/<fingerprint>`. Whatever else lies there is not ours and is not named. */
export async function artifactEntries(folder: string): Promise<LedgerEntry[]> {
  const found = (await foldersIn(folder)).map(async (artifact) => {
    const names = await foldersIn(join(folder, artifact));
    return Promise.all(
      names
        .filter((name) => FINGERPRINT.test(name) || name.startsWith(LEFTOVER))
        .map(async (name): Promise<LedgerEntry> => {
          const path = join(folder, artifact, name);
          const sizeBytes = await sizeOf(path);
          if (name.startsWith(LEFTOVER)) {
            const { mtimeMs } = await lstat(path);
            return { kind: 'leftover', id: path, sizeBytes, usedAtMs: mtimeMs };
          }
          // The time of its manifest is set anew by every run that wants the artifact.
          const used = await lstat(join(path, manifestName)).catch(() => lstat(path));
          return { kind: 'artifact', id: path, sizeBytes, usedAtMs: used.mtimeMs, group: artifact };
        }),
    );
  });
  return (await Promise.all(found)).flat();
}

/** `journalFile` is a journal's name in the folder of a cluster: where it holds something, `down` has to go first. */
export async function stateEntries(
  folder: string,
  clusters: ReadonlySet<string>,
  journalFile: string,
): Promise<LedgerEntry[]> {
  const names = await foldersIn(folder);
  return Promise.all(
    names.map(async (name): Promise<LedgerEntry> => {
      const path = join(folder, name);
      const journal = await readFile(join(path, journalFile), 'utf8').catch(() => '');
      const ends = LASTING.has(name)
        ? LASTING.get(name)
        : clusters.has(clusterOf(name))
          ? `${clusterOf(name)} lives`
          : undefined;
      const heldBy =
        ends ?? (journal.trim() === '' ? undefined : 'its journal names what may exist: slipway down');
      const isCluster = await lstat(join(path, 'place.json')).then(
        () => true,
        () => false,
      );
      return {
        ...{ kind: 'state', id: path, sizeBytes: await sizeOf(path), usedAtMs: (await lstat(path)).mtimeMs },
        heldBy: heldBy ?? (isCluster ? undefined : 'not known what it is'),
      };
    }),
  );
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

/** Of all files below, links not followed. A file with several names counts for each of them. */
async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  let bytes = 0;
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    bytes += await lstat(join(entry.parentPath, entry.name)).then(
      ({ size }) => size,
      () => 0, // gone meanwhile
    );
  }
  return bytes;
}
