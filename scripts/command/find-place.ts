// Which environment and cluster a command means, also where the config is broken, gone, or names another one now.

import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Environment } from '../environment/schema.ts';
import { readConfigModule } from '../environment/read-config-module.ts';
import { Failure } from '../failure.ts';
import { secretVariables } from '../secret/learn-secrets.ts';
import type { CommandContext } from './command-context.ts';

export interface Place {
  readonly environment: string;
  readonly clusterName: string;
  /** Environment variables that it takes secrets from, where the config can be read. */
  readonly withheld?: readonly string[];
}

const FILE = 'place.json';

/** The cluster of an environment, unless the config gives it a name. */
export function defaultClusterName(environment: string): string {
  return `slipway-${environment}`;
}

/** Remembers which environment a state folder belongs to, before anything is made. */
export async function rememberPlace(stateFolder: string, place: Place): Promise<void> {
  await mkdir(stateFolder, { recursive: true, mode: 0o700 });
  await writeFile(join(stateFolder, FILE), `${JSON.stringify(place)}\n`, { mode: 0o600 });
}

/** By --env, else by the config's default, else the only one that is there. */
export async function findPlace(context: CommandContext): Promise<Place> {
  const known = await knownPlaces(context.folders.state);
  const wanted = context.options.texts.get('env');
  const made = await madePlace(context, wanted, known);
  if (made !== undefined) return made;
  const declared = await declaredPlace(context, wanted);
  if (declared instanceof Failure) {
    const [only, ...others] = wanted ? known.filter((place) => place.environment === wanted) : known;
    if (only && others.length === 0) return only;
    // The config is fine and has no such environment: a slip of the keys, not something to take down.
    if (declared.code === 'usage') throw declared;
    if (known.length === 0 && wanted) return { environment: wanted, clusterName: defaultClusterName(wanted) };
    throw new Failure('usage', `which environment? The config cannot tell: ${declared.message}`, {
      details: [
        ...declared.details,
        ...known.map((place) => `there is: ${place.environment} (cluster ${place.clusterName})`),
      ],
      hint: 'Name it with --env.',
      cause: declared,
    });
  }
  return declared;
}

/**
 * The one place where the environment was made, also under an earlier name of its cluster. The config is not checked
 * for it, only asked for two names; undefined where there is more to it.
 */
async function madePlace(
  { configFile }: CommandContext,
  wanted: string | undefined,
  known: readonly Place[],
): Promise<Place | undefined> {
  if (known.length === 0) return undefined;
  try {
    const config = (await readConfigModule(configFile)) as {
      readonly default: string;
      readonly environments: Readonly<Record<string, { readonly secrets?: Environment['secrets'] }>>;
    };
    const environment = wanted ?? config.default;
    const [made, ...others] = known.filter((place) => place.environment === environment);
    if (made === undefined || others.length > 0) return undefined;
    const withheld = secretVariables(config.environments[environment]?.secrets ?? {});
    return { ...made, ...(withheld.length > 0 ? { withheld } : {}) };
  } catch {
    return undefined;
  }
}

async function declaredPlace(context: CommandContext, wanted: string | undefined): Promise<Place | Failure> {
  const [{ addonCatalog }, { loadConfig, selectEnvironment }] = await Promise.all([
    import('../addon/addon-catalog.ts'),
    import('../environment/load-config.ts'),
  ]);
  try {
    const config = await loadConfig({ configFile: context.configFile, addons: [...addonCatalog.keys()] });
    const { name, environment } = selectEnvironment(config, wanted);
    const withheld = secretVariables(environment.secrets);
    return {
      ...{ environment: name, clusterName: environment.cluster.name ?? defaultClusterName(name) },
      ...(withheld.length > 0 ? { withheld } : {}),
    };
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

async function knownPlaces(stateFolder: string): Promise<Place[]> {
  const names = await readdir(stateFolder).catch(() => []);
  const places = await Promise.all(
    names.map(async (name): Promise<Place[]> => {
      const text = await readFile(join(stateFolder, name, FILE), 'utf8').catch(() => undefined);
      if (text === undefined) return [];
      try {
        return [JSON.parse(text) as Place];
      } catch {
        // A torn file: the folder's name is the cluster's.
        return [{ environment: name.replace(/^slipway-/, ''), clusterName: name }];
      }
    }),
  );
  return places.flat();
}
