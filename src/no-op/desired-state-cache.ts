// What was wanted when an environment was brought up last, beside its journal: `up` need not work it out again while
// nothing that decides it has changed.

import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageTargets } from '../images/load/present-by-target.ts';
import type { ImageLayer } from '../images/image-store.ts';
import type { EnvironmentRun } from '../up/environment-run.ts';
import type { EngineEndpoint } from '../engine/engine-endpoint.ts';
import type { WishSources } from './desired-state-key.ts';

/** Of a run what is data: enough to look and to compare, not to make anything. */
export interface RememberedWish {
  readonly v: 1;
  /** See wishKey. */
  readonly digest: string;
  readonly sources: WishSources;
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
export async function readWish(stateFolder: string): Promise<RememberedWish | undefined> {
  try {
    const wish = JSON.parse(await readFile(join(stateFolder, FILE), 'utf8')) as RememberedWish;
    // What else it lacks shows when it is compared, and then the long way is taken.
    const { clusterName, desired } = wish.run;
    const isWhole = typeof clusterName === 'string' && Array.isArray(desired.artifacts);
    return wish.v === 1 && isWhole && Array.isArray(desired.releases) ? wish : undefined;
  } catch {
    return undefined;
  }
}

export async function writeWish(stateFolder: string, wish: RememberedWish): Promise<void> {
  await mkdir(stateFolder, { recursive: true, mode: 0o700 });
  const file = join(stateFolder, FILE);
  await writeFile(`${file}.new`, JSON.stringify(wish), { mode: 0o600 });
  await rename(`${file}.new`, file);
}
