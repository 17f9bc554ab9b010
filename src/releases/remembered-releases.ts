// What is installed, by one list call of metadata: outlines of manifests are remembered by the revision of the Secret
// that holds them, which never changes under its resourceVersion.

import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ClusterApi, ClusterObject } from '../kubernetes/client/cluster-api.ts';
import { isOurs } from '../kubernetes/ownership.ts';
import { outlineOf } from '../kubernetes/manifest-outline.ts';
import { latestRevisionQuery, readLatestReleases } from './release-secrets.ts';
import type { StoredRelease } from './release-store.ts';

export interface RememberedReleasesOptions {
  readonly api: ClusterApi;
  /** Absolute path; made when it is needed, and safe to delete. */
  readonly memoryFile: string;
}

interface Memory {
  readonly v: 3;
  /** Outlines by release and revision: '<uid>:<resourceVersion>' of its Secret. */
  readonly outlines: Readonly<Record<string, readonly ClusterObject[]>>;
}

/** The latest revision of every release, each with `declared` in the place of its manifest. */
export async function listRememberedReleases(
  { api, memoryFile }: RememberedReleasesOptions,
  signal: AbortSignal,
): Promise<StoredRelease[]> {
  const [heads, { outlines }] = await Promise.all([
    api.list({ ...latestRevisionQuery, metadataOnly: true }, signal),
    readMemory(memoryFile),
  ]);
  const known = readLatestReleases(heads, outlinesIn(outlines));
  if (known.every(({ declared }) => declared !== undefined)) return known;

  const secrets = await api.list(latestRevisionQuery, signal);
  const { declaredObjects } = await import('./declared-objects.ts');
  const fresh: Record<string, readonly ClusterObject[]> = {};
  const releases = readLatestReleases(secrets, (secret, release) => {
    const key = keyOf(secret);
    const known = outlines[key];
    if (known !== undefined) return (fresh[key] = known);
    const read = declaredObjects(release);
    // Of ours it has to be looked at the long way, by whoever meets it. Of somebody else nobody asks.
    if (read.unreadable !== undefined && isOurs(release.labels)) return undefined;
    return (fresh[key] = (read.unreadable === undefined ? read.objects : []).map(outlineOf));
  });
  await writeMemory(memoryFile, { v: 3, outlines: fresh });
  return releases;
}

function outlinesIn(outlines: Memory['outlines']) {
  return (secret: ClusterObject): readonly ClusterObject[] | undefined => outlines[keyOf(secret)];
}

function keyOf({ metadata }: ClusterObject): string {
  return `${metadata.uid}:${metadata.resourceVersion}`;
}

async function readMemory(file: string): Promise<Memory> {
  try {
    const memory = JSON.parse(await readFile(file, 'utf8')) as Memory;
    if (memory.v === 3 && typeof memory.outlines === 'object') return memory;
  } catch {
    // Absent, or broken: then everything is read.
  }
  return { v: 3, outlines: {} };
}

async function writeMemory(file: string, memory: Memory): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  // Two runs may write at once: each its own file, and the last one stays, whole.
  const fresh = `${file}.${process.pid}.new`;
  await writeFile(fresh, JSON.stringify(memory), { mode: 0o600 });
  await rename(fresh, file);
}
