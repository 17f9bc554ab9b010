// Where Slipway keeps what is its own, by the XDG base directory specification.

import { isAbsolute, join } from 'node:path';
import { authorityFiles } from '../certificates/authority-files.ts';
import { Failure } from '../failure.ts';
import { LASTING_FOLDERS } from './lasting-folders.ts';

export interface Folders {
  /** Where Slipway itself is: bundled charts, Dockerfiles and sources of its parts. */
  readonly slipway: string;
  /** Keyed by content, shared by all checkouts of the user, safe to delete. */
  readonly cache: string;
  /** Journals, kubeconfigs, sizes: one folder per cluster. */
  readonly state: string;
}

/**
 * @param home as `findHome` gives it
 * @throws Failure 'prerequisite' where neither a variable nor a home folder says where.
 */
export function findFolders(
  slipway: string,
  env: Readonly<Record<string, string | undefined>>,
  home: string | undefined,
): Folders {
  return {
    slipway,
    cache: join(baseFolder(env, 'XDG_CACHE_HOME', home, '.cache'), 'slipway'),
    state: join(baseFolder(env, 'XDG_STATE_HOME', home, '.local/state'), 'slipway'),
  };
}

/** "All paths set in these environment variables must be absolute": one that is not counts for nothing. */
function baseFolder(
  env: Readonly<Record<string, string | undefined>>,
  variable: string,
  home: string | undefined,
  inHome: string,
): string {
  const set = env[variable];
  if (set !== undefined && isAbsolute(set)) return set;
  if (home !== undefined) return join(home, inHome);
  throw new Failure('prerequisite', `there is no home folder, and ${variable} does not name a folder`, {
    hint: `Set HOME, or XDG_CACHE_HOME and XDG_STATE_HOME, to the absolute path of a folder.`,
  });
}

/**
 * HOME, else what the system knows of the user; undefined where neither is the absolute path of a place: an id without a
 * name in a container, HOME= or HOME=. .
 */
export function findHome(
  env: Readonly<Record<string, string | undefined>>,
  systemHome: () => string,
): string | undefined {
  const { HOME: set } = env;
  if (set !== undefined && isAbsolute(set)) return set;
  try {
    const known = systemHome();
    return isAbsolute(known) ? known : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a text is the name of a cluster that can have a folder: plain, as DNS names are. */
export function isClusterName(name: unknown): name is string {
  return (
    typeof name === 'string' &&
    /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name) &&
    !LASTING_FOLDERS.includes(name)
  );
}

/** The folder of one cluster's state. Refuses what is no plain name: it would lead somewhere else. */
export function clusterStateFolder(folders: Folders, cluster: string): string {
  if (isClusterName(cluster)) return join(folders.state, cluster);
  throw new Failure('usage', `${JSON.stringify(cluster)} is no name of a cluster`, {
    hint: 'Names have small letters, digits and dashes, and 63 characters at most.',
  });
}

/** The folder of the user's certificate authority: one for all clusters, and it outlives them. */
export function authorityFolder(folders: Folders): string {
  return join(folders.state, 'authority');
}

/** Traces of the last runs, those of clusters that are gone too. */
export function tracesFolder(folders: Folders): string {
  return join(folders.state, 'traces');
}

/** The certificate of that authority. */
export function certificateIn(folders: Folders): string {
  return authorityFiles(authorityFolder(folders)).certificate;
}
