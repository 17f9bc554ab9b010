// What was wanted when an environment was brought up last, beside its journal: `up` need not work it out again while
// nothing that decides it has changed.

import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageTargets } from '../images/load/present-by-target.ts';
import type { ImageLayer } from '../images/image-store.ts';
import type { EnvironmentRun } from '../up/environment-run.ts';
import type { EngineEndpoint } from '../engine/engine-endpoint.ts';
import type { DesiredStateSources } from './desired-state-key.ts';

/** Of a run what is data: enough to look and to compare, not to make anything. */
export interface CachedDesiredState {
  readonly v: 1;
  /** See desiredStateKey. */
  readonly digest: string;
  readonly sources: DesiredStateSources;
  readonly endpoint: EngineEndpoint;
  readonly run: Pick<
    EnvironmentRun,
    | 'name'
    | 'clusterName'
    | 'stateFolder'
    | 'imageScope'
    | 'kubeconfigFile'
    | 'environment'
    | 'clusterConfigFile'
    | 'ports'
    | 'nodeImage'
    | 'desired'
  >;
  /** By image name. */
  readonly builds: Readonly<
    Record<string, { readonly reference: string; readonly layers: readonly ImageLayer[] }>
  >;
  /** By node, then by reference: the digest that the image had in the node when it was found whole. */
  readonly targets: ImageTargets;
}

const FILE = 'wish.json';

/** Undefined when there is none, or none that this version can read. */
export async function readDesiredState(stateFolder: string): Promise<CachedDesiredState | undefined> {
  try {
    const cached = JSON.parse(await readFile(join(stateFolder, FILE), 'utf8')) as CachedDesiredState;
    // What else it lacks shows when it is compared, and then the long way is taken.
    const { clusterName, desired } = cached.run;
    const isWhole = typeof clusterName === 'string' && Array.isArray(desired.artifacts);
    return cached.v === 1 && isWhole && Array.isArray(desired.releases) ? cached : undefined;
  } catch {
    return undefined;
  }
}

export async function writeDesiredState(stateFolder: string, cached: CachedDesiredState): Promise<void> {
  await mkdir(stateFolder, { recursive: true, mode: 0o700 });
  const file = join(stateFolder, FILE);
  await writeFile(`${file}.new`, JSON.stringify(cached), { mode: 0o600 });
  await rename(`${file}.new`, file);
}
