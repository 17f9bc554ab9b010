// Which environment and cluster a command means, also where the config is broken, gone, or names another one now.

import type { Environment } from '../config/schema.ts';
import { readConfigModule } from '../config/read-config-module.ts';
import { Failure } from '../failure.ts';
import { secretVariables } from '../secrets/learn-secrets.ts';
import type { CommandContext } from '../cli/command-context.ts';
import { defaultClusterName, isEnvironmentName, knownPlaces, type KnownPlace } from './known-places.ts';
import { isOfProject, projectOf, refuseOther, type Claim } from './project.ts';

export interface Place {
  readonly environment: string;
  readonly clusterName: string;
  /** Id of the project that it belongs to; undefined for what was made before projects were recorded. */
  readonly project?: string | undefined;
  /** Environment variables that it takes secrets from, where the config can be read. */
  readonly withheld?: readonly string[];
}

/**
 * By --env, else by the config's default, else the only one of this project. Rejects with Failure 'ownership' where the
 * environment that is meant is another project's, or its cluster another environment's.
 */
export async function findPlace(context: CommandContext): Promise<Place> {
  const wanted = context.options.texts.get('env');
  if (wanted !== undefined && !isEnvironmentName(wanted))
    throw new Failure('usage', `--env: ${JSON.stringify(wanted)} is no name of an environment`, {
      hint: 'Names have small letters, digits and dashes, and 53 characters at most.',
    });
  const known = await knownPlaces(context.folders.state);
  const project = await projectOf(context.configFile);
  const asker = { project, adopts: context.options.flags.has('adopt') };
  const made = await madePlace(context, wanted, known, asker);
  if (made !== undefined) return made;
  const declared = await declaredPlace(context, wanted);
  if (!(declared instanceof Failure)) {
    const { shared, ...place } = declared;
    const holders = known.filter(({ clusterName }) => clusterName === place.clusterName);
    for (const holder of holders) refuseOther(holder, { ...place, ...asker, shared });
    const own = holders.find(({ environment }) => environment === place.environment);
    return { ...place, project: own === undefined ? project.id : own.project?.id };
  }
  if (wanted !== undefined) {
    const named = known.filter(({ environment }) => environment === wanted);
    const [only, ...others] = named.filter((place) => isOfProject(place, asker));
    if (only && others.length === 0) return placeOf(only);
    if (named[0] && !only) refuseOther(named[0], { ...named[0], ...asker });
    // The config is fine and has no such environment: a slip of the keys, not something to take down.
    if (declared.code === 'usage') throw declared;
    if (named.length === 0)
      return {
        environment: wanted,
        clusterName: defaultClusterName(wanted, context.configFile),
        project: project.id,
      };
  } else {
    // Whatever else is up may be anybody's: it has to be named.
    const [only, ...others] = known.filter(
      (place) => place.project?.configFile === project.configFile && declared.code !== 'usage',
    );
    if (only && others.length === 0) return placeOf(only);
    if (declared.code === 'usage') throw declared;
  }
  throw new Failure('usage', `which environment? The config cannot tell: ${declared.message}`, {
    details: [...declared.details, ...known.map(describePlace)],
    hint: 'Name it with --env.',
    cause: declared,
  });
}

function placeOf({ environment, clusterName, project }: KnownPlace): Place {
  return { environment, clusterName, project: project?.id };
}

function describePlace({ environment, clusterName, project }: KnownPlace): string {
  const of = project === undefined ? '' : ` of ${project.configFile}`;
  return `there is: ${environment} (cluster ${clusterName})${of}`;
}

/**
 * The one place where the environment was made, also under an earlier name of its cluster. The config is not checked
 * for it, only asked for two names; undefined where there is more to it.
 */
async function madePlace(
  { configFile }: CommandContext,
  wanted: string | undefined,
  known: readonly KnownPlace[],
  asker: Pick<Claim, 'project' | 'adopts'>,
): Promise<Place | undefined> {
  if (known.length === 0) return undefined;
  try {
    const config = (await readConfigModule(configFile)) as {
      readonly default: string;
      readonly environments: Readonly<Record<string, { readonly secrets?: Environment['secrets'] }>>;
    };
    const environment = wanted ?? config.default;
    const [made, ...others] = known.filter(
      (place) => place.environment === environment && isOfProject(place, asker),
    );
    if (made === undefined || others.length > 0) return undefined;
    const withheld = secretVariables(config.environments[environment]?.secrets ?? {});
    return { ...placeOf(made), ...(withheld.length > 0 ? { withheld } : {}) };
  } catch {
    return undefined;
  }
}

async function declaredPlace(
  context: CommandContext,
  wanted: string | undefined,
): Promise<(Place & Pick<Claim, 'shared'>) | Failure> {
  const [{ addonCatalog }, { loadConfig, selectEnvironment }] = await Promise.all([
    import('../addons/addon-catalog.ts'),
    import('../config/load-config.ts'),
  ]);
  try {
    const config = await loadConfig({ configFile: context.configFile, addons: [...addonCatalog.keys()] });
    const { name, environment } = selectEnvironment(config, wanted);
    const withheld = secretVariables(environment.secrets);
    return {
      environment: name,
      clusterName: environment.cluster.name ?? defaultClusterName(name, context.configFile),
      shared: environment.cluster.shared,
      ...(withheld.length > 0 ? { withheld } : {}),
    };
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}
