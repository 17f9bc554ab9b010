// Puts the list of materials together: the artifact cache, the programs in it, and the lockfile.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Failure } from '../failure.ts';
import type { CommandRunner } from '../process/command-runner.ts';
import type { ArtifactCache, CachedFile } from '../packages/artifact-cache.ts';
import { readDebianPackages } from './debian-tar.ts';
import { readGoPrograms, type GoPrograms } from './go-programs.ts';
import {
  uniqueComponents,
  type ArtifactMaterial,
  type Component,
  type MaterialFile,
  type Materials,
} from './material.ts';
import { readNpmPackages } from './npm-folder.ts';
import { parsePackageLock } from './package-lock.ts';
import type { PinnedPackage } from './pinned-packages.ts';
import { sumFile } from '../packages/sum-file.ts';

export interface MaterialSources {
  readonly cache: ArtifactCache;
  readonly commands: CommandRunner;
  readonly pinned: readonly PinnedPackage[];
  /** Absolute path of Slipway's package-lock.json. */
  readonly lockFile: string;
}

interface Entry {
  readonly id: string;
  readonly fingerprint: string;
  readonly folder: string;
  readonly files: readonly CachedFile[];
}

/** Whatever cannot be read becomes a note; rejects only when the signal is aborted. */
export async function readMaterials(sources: MaterialSources, signal: AbortSignal): Promise<Materials> {
  const notes: string[] = [];
  const entries = await wholeEntries(sources.cache, notes);
  const go = await readGoPrograms(
    sources.commands,
    entries.map(({ folder }) => folder),
    signal,
  );
  notes.push(...go.notes);
  const artifacts: ArtifactMaterial[] = [];
  // One after the other: they are large, and the disk is one.
  for (const entry of entries) {
    const note = (text: string): void => void notes.push(`${entry.id}/${entry.fingerprint}: ${text}.`);
    try {
      const files = await sumFiles(entry, signal);
      const components = uniqueComponents(await componentsOf(entry, sources.pinned, go, { note, signal }));
      const { id, fingerprint } = entry;
      artifacts.push({ id, fingerprint, files, sha256: sumOf(files), components });
    } catch (error) {
      note(`left out: a file of it ${reasonOf(error, signal)}`);
    }
  }
  const text = await readFile(sources.lockFile, 'utf8').catch(() => '');
  const locked = parsePackageLock(text);
  if (locked === undefined)
    notes.push(`${basename(sources.lockFile)} is no lockfile of npm: Slipway's own packages are left out.`);
  return {
    slipwayVersion: locked?.version ?? '',
    artifacts,
    packages: uniqueComponents(locked?.packages ?? []),
    notes,
  };
}

async function wholeEntries(cache: ArtifactCache, notes: string[]): Promise<Entry[]> {
  const whole: Entry[] = [];
  for (const { id, fingerprint } of await cache.entries()) {
    const files = await cache.files(id, fingerprint);
    if (files !== undefined) whole.push({ id, fingerprint, folder: cache.path(id, fingerprint), files });
    else notes.push(`${id}/${fingerprint} is left out: it is not whole, and is made anew when it is needed.`);
  }
  return whole;
}

async function componentsOf(
  { id, fingerprint, folder, files }: Entry,
  pinned: readonly PinnedPackage[],
  { programs }: GoPrograms,
  { note, signal }: { note: (text: string) => void; signal: AbortSignal },
): Promise<Component[]> {
  const paths = files.map(({ path }) => path);
  const components = paths.flatMap((path) => programs.get(join(folder, path)) ?? []);
  for (const path of paths.filter((name) => name === 'rootfs.tar')) {
    const packages = await readDebianPackages(join(folder, path), signal).catch((error: unknown) => {
      note(`${path} ${reasonOf(error, signal)}`);
      return [];
    });
    components.push(...packages);
    const unversioned = packages.filter(({ version }) => version === '').length;
    if (unversioned > 0) note(`nothing tells the versions of ${unversioned} of its packages`);
  }
  const pin = pinned.find((entry) => entry.id === id && entry.fingerprint === fingerprint)?.component;
  const unpacked = await readNpmPackages(folder, paths);
  if (pin !== undefined) components.push(pin);
  components.push(...unpacked.filter(({ purl }) => purl !== pin?.purl));
  return components;
}

async function sumFiles({ folder, files }: Entry, signal: AbortSignal): Promise<MaterialFile[]> {
  const summed: MaterialFile[] = [];
  for (const { path, sizeBytes } of files) {
    summed.push({ path, sizeBytes, sha256: await sumFile(join(folder, path), signal) });
  }
  return summed;
}

function sumOf(files: readonly MaterialFile[]): string {
  if (files.length === 1) return files[0]!.sha256;
  const lines = files.map(({ path, sha256 }) => `${sha256}  ${path}\n`);
  return createHash('sha256').update(lines.join('')).digest('hex');
}

/** Why a file could not be read: it is gone, damaged, forbidden. All else is a bug of ours and is thrown. */
function reasonOf(error: unknown, signal: AbortSignal): string {
  signal.throwIfAborted();
  if (error instanceof Failure) return error.message;
  if (error instanceof Error && 'code' in error) return `cannot be read: ${String(error.code)}`;
  throw error;
}
