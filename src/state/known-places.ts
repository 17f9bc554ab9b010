// Which environments have a state folder, and of which project they are: place.json in each. It is read as what anybody
// may have written: only what is well-formed counts, for names become paths and targets of removals.

import { lstat, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { clusterStateFolder, isClusterName, type Folders } from './state-folders.ts';
import { CLUSTER_RECORD_FILE, JOURNAL_FILE } from './state-files.ts';

export interface Project {
  /** Stays when the project is moved and adopted: things in clusters carry it as a label. */
  readonly id: string;
  /** Its config, links followed. */
  readonly configFile: string;
}

export interface KnownPlace {
  readonly environment: string;
  /** Also the name of its folder, or the begin of it: `<cluster>.<environment>`. */
  readonly clusterName: string;
  /** Absent for those that were made before projects were recorded. */
  readonly project?: Project | undefined;
  /** Whether its config says that others may be in its cluster. */
  readonly shared?: boolean | undefined;
}

export interface FoundPlace extends KnownPlace {
  readonly stateFolder: string;
}

const FILE = 'place.json';
/** With '-control-plane' after it, a name has to be a host name. */
const LONGEST_NAME = 63 - '-control-plane'.length;

/**
 * The cluster of an environment, unless the config gives it a name: the name of the project's folder, as far as it can be
 * a host name, and that of the environment. Two folders of one name meet in it, and the second one is refused.
 */
export function defaultClusterName(environment: string, configFile: string): string {
  const folder = basename(dirname(configFile))
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, Math.max(1, LONGEST_NAME - environment.length - 1))
    .replaceAll(/^-+|-+$/g, '');
  return `${folder === '' ? 'slipway' : folder}-${environment}`;
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

/**
 * Where the state of an environment is: in the folder of its cluster, unless another environment that is in the same
 * cluster has that.
 */
export async function environmentStateFolder(
  folders: Folders,
  { environment, clusterName }: Pick<KnownPlace, 'environment' | 'clusterName'>,
): Promise<string> {
  const folder = clusterStateFolder(folders, clusterName);
  if (!isEnvironmentName(environment)) return folder;
  const own = `${folder}.${environment}`;
  const [ownPlace, holder] = await Promise.all([readPlace(own), readPlace(folder)]);
  if (ownPlace !== undefined) return own;
  return holder === undefined || holder.environment === environment || !isHeld(folder) ? folder : own;
}

/** Whether something was made and not all of it was taken away. */
export function isHeld(stateFolder: string): boolean {
  return [JOURNAL_FILE, CLUSTER_RECORD_FILE].some((name) => existsSync(join(stateFolder, name)));
}

/** All of them. A damaged note is made good by the name of its folder, which begins with the cluster's. */
export async function knownPlaces(state: string): Promise<FoundPlace[]> {
  const names = await readdir(state).catch(() => []);
  const places = await Promise.all(
    names.filter(isPlaceName).map(async (name): Promise<FoundPlace[]> => {
      const folder = join(state, name);
      const [own, note] = await Promise.all([stats(folder), stats(join(folder, FILE))]);
      if (own?.isDirectory() !== true || note === undefined) return [];
      const [clusterName = name, sharer] = name.split('.');
      const environment = sharer ?? environmentIn(name);
      return [{ ...((await readPlace(folder)) ?? { environment, clusterName }), stateFolder: folder }];
    }),
  );
  return places.flat();
}

/** As far as the name of a cluster tells: '<folder>-<environment>', where both may hold dashes. */
function environmentIn(clusterName: string): string {
  return clusterName.startsWith('slipway-')
    ? clusterName.slice('slipway-'.length)
    : clusterName.slice(clusterName.lastIndexOf('-') + 1);
}

/** Of the folder of an environment's state. */
function isPlaceName(name: string): boolean {
  const [cluster, environment, ...more] = name.split('.');
  return (
    isClusterName(cluster) &&
    (environment === undefined || isEnvironmentName(environment)) &&
    more.length === 0
  );
}

function checkedPlace(value: unknown, folderName: string): KnownPlace | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { environment, clusterName, project, shared } = value as Readonly<Record<string, unknown>>;
  if (!isEnvironmentName(environment) || !isClusterName(clusterName)) return undefined;
  if (folderName !== clusterName && folderName !== `${clusterName}.${environment}`) return undefined;
  const place = { environment, clusterName, ...(shared === true ? { shared } : {}) };
  if (project === undefined) return place;
  if (typeof project !== 'object' || project === null) return undefined;
  const { id, configFile } = project as Readonly<Record<string, unknown>>;
  if (typeof id !== 'string' || !/^[0-9a-f]{12}$/.test(id) || typeof configFile !== 'string')
    return undefined;
  return { ...place, project: { id, configFile } };
}

async function stats(path: string): Promise<Awaited<ReturnType<typeof lstat>> | undefined> {
  return lstat(path).catch(() => undefined);
}
