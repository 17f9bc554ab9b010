// The digest of a build context, with the digests of unchanged files remembered within a run.

import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import {
  isGone,
  listContext,
  unreadable,
  type BuildContext,
  type ContextEntry,
  type ContextPlace,
} from './context-listing.ts';
import { bytesOfPath } from './path-bytes.ts';

export interface FingerprintOptions extends ContextPlace {
  /** For a run that asks again and again; without it every file is read. */
  readonly memory?: DigestMemory | undefined;
  /** The clock of the file system in milliseconds; for tests. */
  readonly now?: () => number;
}

type Remembered = Readonly<Record<string, readonly [stamp: string, digest: string]>>;

/** Digests of the files of one context; empty at first. */
export interface DigestMemory {
  digests?: Remembered;
}

/**
 * A digest is only remembered for a file that had been left alone this long when it was read. A write later
 * in the same tick of the file system's clock would leave size and times as they are (git calls it "racy");
 * 2 s is the coarsest tick in use (FAT, HFS+).
 */
const RESTED_MS = 2000;
const PARALLEL_READS = 16;
/** Not through a link, and without waiting for the writer of a pipe, that may have come in the place of the file. */
export const READ_FILE_ONLY = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** SHA-256 over paths, modes, link targets and contents, as 64 hex digits. Times and owners do not count. */
export async function fingerprintContext(options: FingerprintOptions, signal: AbortSignal): Promise<string> {
  const { entries, digests } = await digestContext(options, signal);
  return digestOfContext(entries, digests);
}

/** What the fingerprint is made of: all entries in their order, and the SHA-256 of each file by its path. */
export async function digestContext(
  options: FingerprintOptions,
  signal: AbortSignal,
): Promise<{ readonly entries: readonly ContextEntry[]; readonly digests: ReadonlyMap<string, string> }> {
  const context = await listContext(options, signal);
  const { memory } = options;
  const digests = await digestFiles(context, memory?.digests ?? {}, options.now ?? Date.now, signal);
  if (memory) memory.digests = digests.remembered;
  // What went away between the two looks at it is not there.
  const entries = context.entries.filter(({ kind, path }) => kind !== 'file' || digests.byPath.has(path));
  return { entries, digests: digests.byPath };
}

/** The fingerprint of entries in their order, given the SHA-256 of each file's content. */
export function digestOfContext(
  entries: readonly ContextEntry[],
  digests: ReadonlyMap<string, string>,
): string {
  const hash = createHash('sha256');
  for (const entry of entries) hash.update(`${JSON.stringify(describe(entry, digests.get(entry.path)))}\n`);
  return hash.digest('hex');
}

function describe(entry: ContextEntry, digest: string | undefined): unknown[] {
  if (entry.kind === 'link') return ['link', entry.path, entry.target];
  return entry.kind === 'folder'
    ? ['folder', entry.path, entry.mode]
    : ['file', entry.path, entry.mode, digest];
}

async function digestFiles(
  { contextFolder, entries }: BuildContext,
  known: Remembered,
  now: () => number,
  signal: AbortSignal,
): Promise<{ byPath: Map<string, string>; remembered: Remembered }> {
  const byPath = new Map<string, string>();
  const remembered: Record<string, readonly [string, string]> = {};
  const unread: ContextEntry[] = [];
  for (const entry of entries) {
    if (entry.kind !== 'file') continue;
    const hit = Object.hasOwn(known, entry.path) ? known[entry.path] : undefined;
    if (hit && hit[0] === stampOf(entry)) {
      byPath.set(entry.path, hit[1]);
      remembered[entry.path] = hit;
    } else unread.push(entry);
  }
  const queue = unread.values();
  const read = async (): Promise<void> => {
    for (const entry of queue) {
      const startedMs = now();
      const digest = await digestFile(contextFolder, entry.path, signal);
      if (digest === undefined) continue;
      byPath.set(entry.path, digest);
      const { mtimeNs, ctimeNs } = entry.stat;
      const touchedMs = Number((mtimeNs > ctimeNs ? mtimeNs : ctimeNs) / 1_000_000n);
      if (touchedMs + RESTED_MS < startedMs) remembered[entry.path] = [stampOf(entry), digest];
    }
  };
  await Promise.all(Array.from({ length: PARALLEL_READS }, read));
  return { byPath, remembered };
}

/** Undefined when the file is gone, or none any more. */
async function digestFile(root: string, path: string, signal: AbortSignal): Promise<string | undefined> {
  const hash = createHash('sha256');
  try {
    const file = await open(bytesOfPath(join(root, path)), READ_FILE_ONLY);
    await pipeline(file.createReadStream(), hash, { signal });
    return hash.digest('hex');
  } catch (error) {
    signal.throwIfAborted();
    if (isGone(error)) return undefined;
    throw unreadable(root, path, error);
  }
}

/** ctime too: tools can set a file's mtime back, but nobody can set its ctime. */
function stampOf({ stat }: ContextEntry): string {
  return `${stat.sizeBytes}:${stat.mtimeNs}:${stat.ctimeNs}:${stat.inode}`;
}
