// Remembers in which state the objects of a release were last found in step with its manifest: a file for each.

import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StoredRelease } from './release-store.ts';
import type { ClusterObject } from '../kubernetes/client/cluster-api.ts';
import { stampOf } from '../kubernetes/object-stamp.ts';

export interface StampsOfRelease {
  readonly revision: number;
  /** By object. */
  readonly stamps: Readonly<Record<string, string>>;
  /** Fields that something in the cluster sets anew whenever they are put back: see driftKey. */
  readonly leftAlone: readonly string[];
}

type ReleaseName = Pick<StoredRelease, 'name' | 'namespace' | 'revision'>;

const FOLDER = 'stamps';

/** By file. What is absent or broken is not known: then it is looked into. */
export async function readStamps(stateFolder: string): Promise<ReadonlyMap<string, StampsOfRelease>> {
  const folder = join(stateFolder, FOLDER);
  const names = await readdir(folder).catch(() => []);
  const read = await Promise.all(
    names.map(async (name) => {
      const stamps = await readFile(join(folder, name), 'utf8').then(parseStamps, () => undefined);
      return stamps === undefined ? [] : [[name, stamps] as const];
    }),
  );
  return new Map(read.flat());
}

export function stampsOf(read: ReadonlyMap<string, StampsOfRelease>, release: ReleaseName): StampsOfRelease {
  const found = read.get(fileOf(release) ?? '');
  return found?.revision === release.revision
    ? found
    : { revision: release.revision, stamps: {}, leftAlone: [] };
}

/** It is a memory: where it cannot be written, everything is looked into again. */
export async function keepStamps(
  stateFolder: string,
  release: ReleaseName,
  stamps: StampsOfRelease,
): Promise<void> {
  const name = fileOf(release);
  if (name === undefined) return;
  const folder = join(stateFolder, FOLDER);
  const fresh = join(folder, `.${name}.${process.pid}.new`);
  try {
    // Not where there is no state folder: a look makes none.
    await mkdir(folder, { mode: 0o700 }).catch(() => undefined);
    await writeFile(fresh, JSON.stringify({ v: 1, ...stamps }), { mode: 0o600 });
    await rename(fresh, join(folder, name));
  } catch {
    // A full disk says so where something depends on it.
  }
}

/** Whether nothing can have been changed in what there is of these objects. */
export function areInStep(
  declared: readonly ClusterObject[],
  live: readonly ClusterObject[],
  known: StampsOfRelease,
): boolean {
  return declared.every((object) => {
    const there = findLive(object, live);
    return there === undefined || isInStep(object, there, known);
  });
}

export function isInStep(declared: ClusterObject, live: ClusterObject, known: StampsOfRelease): boolean {
  const stamp = stampOf(live);
  return stamp !== undefined && known.stamps[nameOf(declared)] === stamp;
}

export function nameOf({ apiVersion, kind, metadata }: ClusterObject): string {
  return `${apiVersion}/${kind} ${metadata.namespace ?? ''}/${metadata.name}`;
}

export function findLive(declared: ClusterObject, live: readonly ClusterObject[]): ClusterObject | undefined {
  const { namespace, name } = declared.metadata;
  return live.find(
    ({ apiVersion, kind, metadata }) =>
      kind === declared.kind &&
      apiVersion === declared.apiVersion &&
      metadata.name === name &&
      // Of a custom resource the manifest does not tell whether it lives in a namespace.
      (metadata.namespace === undefined || metadata.namespace === namespace),
  );
}

/** Undefined for a name that is none of Kubernetes: it comes from outside. */
function fileOf({ name, namespace }: ReleaseName): string | undefined {
  return [name, namespace].every((part) => /^[a-z0-9][-a-z0-9.]*$/.test(part))
    ? `${namespace}_${name}.json`
    : undefined;
}

function parseStamps(text: string): StampsOfRelease | undefined {
  try {
    const { v, revision, stamps, leftAlone } = JSON.parse(text) as { v: number } & StampsOfRelease;
    const isRight =
      v === 1 &&
      Number.isInteger(revision) &&
      typeof stamps === 'object' &&
      stamps !== null &&
      Array.isArray(leftAlone);
    return isRight ? { revision, stamps, leftAlone } : undefined;
  } catch {
    return undefined;
  }
}
