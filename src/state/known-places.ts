// Which environments have a state folder, and of which project they are: place.json in each. It is read as what anybody
// may have written: only what is well-formed counts, for names become paths and targets of removals.

import { lstat, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isClusterName } from './state-folders.ts';
import type { Project } from './project.ts';

export interface KnownPlace {
  readonly environment: string;
  /** Also the name of its folder. */
  readonly clusterName: string;
  /** Absent for those that were made before projects were recorded. */
  readonly project?: Project | undefined;
}

const FILE = 'place.json';
const PREFIX = 'slipway-';

/** The cluster of an environment, unless the config gives it a name. */
export function defaultClusterName(environment: string): string {
  return `${PREFIX}${environment}`;
}

export function isEnvironmentName(name: unknown): name is string {
  return typeof name === 'string' && name.length <= 53 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name);
}

/** Remembers which environment a state folder belongs to, before anything is made. */
export async function rememberPlace(stateFolder: string, place: KnownPlace): Promise<void> {
  await mkdir(stateFolder, { recursive: true, mode: 0o700 });
  const file = join(stateFolder, FILE);
  await writeFile(`${file}.new`, `${JSON.stringify(place)}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

/** What a state folder says of itself; undefined where it says nothing that can be believed. */
export async function readPlace(stateFolder: string): Promise<KnownPlace | undefined> {
  const text = await readFile(join(stateFolder, FILE), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return checkedPlace(JSON.parse(text), basename(stateFolder));
  } catch {
    return undefined;
  }
}

/** All of them. A damaged note is made good by the name of its folder, which is the cluster's. */
export async function knownPlaces(state: string): Promise<KnownPlace[]> {
  const names = await readdir(state).catch(() => []);
  const places = await Promise.all(
    names.filter(isClusterName).map(async (name): Promise<KnownPlace[]> => {
      const folder = join(state, name);
      const [own, note] = await Promise.all([stats(folder), stats(join(folder, FILE))]);
      if (own?.isDirectory() !== true || note === undefined) return [];
      const environment = name.startsWith(PREFIX) ? name.slice(PREFIX.length) : name;
      return [(await readPlace(folder)) ?? { environment, clusterName: name }];
    }),
  );
  return places.flat();
}

function checkedPlace(value: unknown, folderName: string): KnownPlace | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { environment, clusterName, project } = value as Readonly<Record<string, unknown>>;
  if (!isEnvironmentName(environment) || clusterName !== folderName || !isClusterName(folderName))
    return undefined;
  if (project === undefined) return { environment, clusterName: folderName };
  if (typeof project !== 'object' || project === null) return undefined;
  const { id, configFile } = project as Readonly<Record<string, unknown>>;
  if (typeof id !== 'string' || !/^[0-9a-f]{12}$/.test(id) || typeof configFile !== 'string')
    return undefined;
  return { environment, clusterName: folderName, project: { id, configFile } };
}

async function stats(path: string): Promise<Awaited<ReturnType<typeof lstat>> | undefined> {
  return lstat(path).catch(() => undefined);
}
