// What decides the desired state of an environment, as a command knows it.

import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DesiredStateInputs, DesiredStateSources } from './desired-state-key.ts';
import { machinePaths, desiredStateSettings } from './desired-state-settings.ts';
import { contextSources } from '../images/context/dockerfile-sources.ts';
import type { EnvironmentRun } from '../up/environment-run.ts';
import type { CommandContext } from '../cli/command-context.ts';
import { ownFiles } from '../package-folder.ts';
import { clusterConfigFile } from '../config/find-config.ts';

export function desiredStateInputs(
  context: CommandContext,
  config: unknown,
  sources: DesiredStateSources,
): DesiredStateInputs {
  const { env, homeFolder, system, architecture, configFile, folders, options } = context;
  const circumstances = {
    ...{ env, homeFolder, system, architecture },
    options: {
      configFile,
      slipway: folders.slipway,
      env: options.texts.get('env'),
      images: options.texts.get('images'),
    },
  };
  return {
    config,
    settings: desiredStateSettings(circumstances),
    contexts: sources.contexts,
    paths: [...sources.paths, ...machinePaths(circumstances)],
  };
}

/** The files that an environment is worked out from: its own, and those of Slipway. */
export async function sourcesOf(run: EnvironmentRun, projectFolder: string): Promise<DesiredStateSources> {
  const { images, releases, cluster } = run.environment;
  const paths = [
    ...ownFiles,
    clusterConfigFile({ cluster }, projectFolder),
    ...Object.values(releases).map(({ chart }) => join(projectFolder, chart)),
    ...Object.values(images).map(({ dockerfile }) => join(projectFolder, dockerfile)),
  ];
  return {
    contexts: await Promise.all(
      Object.entries(images).map(async ([name, image]) => {
        const dockerfile = join(projectFolder, image.dockerfile);
        // These hold as long as Dockerfile and config are as they are, and both count as well.
        const { buildArgs } = run.builds.get(name) ?? {};
        const sources = contextSources(await readFile(dockerfile, 'utf8'), { ...image, buildArgs });
        return { contextFolder: join(projectFolder, image.context), dockerfile, sources };
      }),
    ),
    // What lies in a folder that is listed anyway is listed once.
    paths: [...new Set(paths)].filter(
      (path, _index, all) => !all.some((other) => path.startsWith(`${other}/`)),
    ),
  };
}

/** The folder of the project that a config belongs to. */
export function projectFolderOf({ configFile }: CommandContext): string {
  return dirname(configFile);
}
