// Reads slipway.config.ts (or the file named by --config) and checks it, files on disk included.

import { stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { Failure } from '../failure.ts';
import { refuseProblems, type Problem } from './problem.ts';
import { readConfigModule } from './read-config-module.ts';
import type { Config, Environment } from './schema.ts';
import { validateConfig } from './validate.ts';

export interface LoadConfigOptions {
  /** Absolute path; the paths in the config are relative to its folder. */
  readonly configFile: string;
  /** Names that the addon catalogue knows. */
  readonly addons: readonly string[];
  /** Gives the config's default export. Default: imports it, which a process does once. */
  readonly read?: (configFile: string) => Promise<unknown>;
}

export async function loadConfig({
  configFile,
  addons,
  read = readConfigModule,
}: LoadConfigOptions): Promise<Config> {
  const file = basename(configFile);
  const { config, problems } = validateConfig(await read(configFile), addons);
  refuseProblems(problems, file);
  const missing = await Promise.all(
    Object.entries(config!.environments).map(([name, environment]) =>
      missingFiles(`environments.${name}`, environment, dirname(configFile)),
    ),
  );
  refuseProblems(missing.flat(), file);
  return config!;
}

/** The environment of that name, or the config's default one. */
export function selectEnvironment(
  config: Config,
  wanted: string | undefined,
): { name: string; environment: Environment } {
  const name = wanted ?? config.default;
  const environment = Object.hasOwn(config.environments, name) ? config.environments[name] : undefined;
  if (!environment) {
    throw new Failure('usage', `there is no environment '${name}'`, {
      hint: `The config has: ${Object.keys(config.environments).join(', ')}.`,
    });
  }
  return { name, environment };
}

async function missingFiles(
  path: string,
  environment: Environment,
  projectFolder: string,
): Promise<Problem[]> {
  const wanted: [string, string, 'file' | 'folder'][] = [];
  if (environment.cluster.config !== undefined)
    wanted.push([`${path}.cluster.config`, environment.cluster.config, 'file']);
  for (const [name, image] of Object.entries(environment.images)) {
    wanted.push([`${path}.images.${name}.dockerfile`, image.dockerfile, 'file']);
    wanted.push([`${path}.images.${name}.context`, image.context, 'folder']);
  }
  for (const [name, release] of Object.entries(environment.releases)) {
    wanted.push([`${path}.releases.${name}.chart`, `${release.chart}/Chart.yaml`, 'file']);
  }
  const problems = await Promise.all(
    wanted.map(async ([at, file, type]) => {
      const found = await stat(resolve(projectFolder, file)).catch(() => undefined);
      if (type === 'file' ? found?.isFile() : found?.isDirectory()) return [];
      return [{ path: at, message: `there is no ${type} ${file}` }];
    }),
  );
  return problems.flat();
}
