// Which file is the config of a folder (slipway.config.* there or above it, up to the root of the repository), and which
// one kind gets.

import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Failure } from '../failure.ts';
import { packageFolder } from '../package-folder.ts';
import type { Environment } from './schema.ts';

/** In the order in which they are offered. */
export const CONFIG_NAMES: readonly string[] = ['ts', 'mts', 'js', 'mjs', 'cjs', 'json', 'yaml', 'yml'].map(
  (ending) => `slipway.config.${ending}`,
);

/**
 * The config that a command means which was started in this folder: the nearest one from there up to the root of the
 * repository (the folder with .git), or of the file system where there is none; not beyond the home folder.
 * Where there is none, the path that one would have: commands that need no config go on, others say what is missing.
 */
export function findConfig(folder: string, homeFolder: string | undefined): string {
  for (let at = folder; ; at = dirname(at)) {
    const [found] = configsIn(at);
    if (found !== undefined) return join(at, found);
    if (at === homeFolder || at === dirname(at) || existsSync(join(at, '.git'))) break;
  }
  return join(folder, 'slipway.config.ts');
}

/**
 * @throws Failure 'config' where the file is not there, and where another config lies beside it: nobody could tell which
 * of the two counts.
 */
export function refuseMissingOrDoubtful(configFile: string): void {
  const name = basename(configFile);
  if (!existsSync(configFile)) {
    throw new Failure('config', `there is no config: ${configFile} is not there`, {
      hint: CONFIG_NAMES.includes(name)
        ? `Write a slipway.config.ts (or .js, .json, .yaml) in the folder of the project, or name one by --config. It is looked for from the current folder up to the root of the repository.`
        : 'Give --config the path of a config.',
    });
  }
  const beside = CONFIG_NAMES.includes(name) ? configsIn(dirname(configFile)) : [];
  if (beside.length > 1) {
    throw new Failure('config', `${dirname(configFile)} has more than one config: ${beside.join(', ')}`, {
      hint: 'Keep one of them, or name the one that is meant by --config.',
    });
  }
}

/** Absolute path of kind's config for an environment: its own, else that of Slipway itself. */
export function clusterConfigFile({ cluster }: Pick<Environment, 'cluster'>, projectFolder: string): string {
  return cluster.config === undefined
    ? join(packageFolder, 'kind/cluster.yaml')
    : join(projectFolder, cluster.config);
}

function configsIn(folder: string): string[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  return CONFIG_NAMES.filter((name) => names.includes(name));
}
