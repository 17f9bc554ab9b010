// Where Slipway keeps what is its own, by the XDG base directory specification.

import { join } from 'node:path';
import { authorityFiles } from '../authority/authority-files.ts';

export interface Folders {
  /** Where Slipway itself is: bundled charts, Dockerfiles and sources of its parts. */
  readonly slipway: string;
  /** Keyed by content, shared by all checkouts of the user, safe to delete. */
  readonly cache: string;
  /** Journals, kubeconfigs, sizes: one folder per cluster. */
  readonly state: string;
}

export function findFolders(slipway: string, env: NodeJS.ProcessEnv, home: string): Folders {
  return {
    slipway,
    cache: join(env['XDG_CACHE_HOME'] || join(home, '.cache'), 'slipway'),
    state: join(env['XDG_STATE_HOME'] || join(home, '.local', 'state'), 'slipway'),
  };
}

/** The folder of one cluster's state. */
export function clusterStateFolder(folders: Folders, cluster: string): string {
  return join(folders.state, cluster);
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
