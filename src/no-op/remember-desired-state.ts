// Keeps what was wanted for the next no-op check.

import type { Environment } from '../config/schema.ts';
import { readConfigModule } from '../config/read-config-module.ts';
import { writeDesiredState, type CachedDesiredState } from './desired-state-cache.ts';
import { desiredStateKey } from './desired-state-key.ts';
import { observeTargets } from '../images/load/present-by-target.ts';
import { isAsNamed } from '../releases/as-built.ts';
import { askEngine } from '../engine/ask-engine.ts';
import { execInContainer } from '../engine/exec-in-container.ts';
import type { CommandContext } from '../cli/command-context.ts';
import type { Session } from '../cli/wiring/open-session.ts';
import { projectFolderOf, sourcesOf, desiredStateInputs } from './desired-state-inputs.ts';

/** A write later in the same tick of a file system's clock leaves no trace; 2 s is the coarsest tick in use. */
const RESTED_MS = 2_000;

/**
 * For an environment that is up. Keeps nothing when a file has changed since shortly before the run was opened; resolves
 * with why nothing was kept.
 */
export async function rememberDesiredState(
  context: CommandContext,
  { tools, place }: Session,
  openedAtMs: number,
): Promise<string | undefined> {
  const { signal } = context;
  const { run, sizes } = tools;
  // The next run works out by what is known now what is wanted.
  if (!isAsNamed(tools)) return 'an image that was built is the same as one that was there';
  const { endpoint } = place;
  const sources = await sourcesOf(run, projectFolderOf(context));
  const config = await readConfigModule(context.configFile);
  const key = await desiredStateKey(desiredStateInputs(context, config, sources), signal);
  if (key.changedMs > openedAtMs - RESTED_MS) return 'a file has changed since shortly before this run';

  const builds: Record<string, CachedDesiredState['builds'][string]> = {};
  for (const [name, { reference }] of run.builds) {
    const layers = await sizes.layersOf(reference);
    if (layers === undefined) return `the layers of image ${name} are not recorded`;
    builds[name] = { reference, layers };
  }
  const { nodes } = await place.driver.observe(place.clusterName, signal);
  const references = [...new Set(run.desired.releases.flatMap(({ images }) => images))];
  const ask = (path: string, asked: AbortSignal): Promise<unknown> => askEngine(endpoint, path, asked);
  const {
    name,
    clusterName,
    imageScope,
    stateFolder,
    kubeconfigFile,
    clusterConfigFile,
    ports,
    nodeImage,
    desired,
  } = run;
  await writeDesiredState(stateFolder, {
    v: 1,
    digest: key.digest,
    sources,
    endpoint,
    run: {
      ...{
        name,
        clusterName,
        imageScope,
        stateFolder,
        kubeconfigFile,
        clusterConfigFile,
        ports,
        nodeImage,
        desired,
      },
      environment: withoutValues(run.environment),
    },
    builds,
    targets: await observeTargets(
      { ask, run: (...call) => execInContainer(endpoint, ...call) },
      { references, nodes },
      signal,
    ),
  });
  return undefined;
}

/** Nobody looks at values again, only at fingerprints of them; and people put into them what should not lie in two places. */
function withoutValues(environment: Environment): Environment {
  const images = Object.entries(environment.images).map(([name, image]) => {
    return [name, { ...image, buildArgs: {} }] as const;
  });
  return {
    ...environment,
    // Secrets are taken from the config, which is read anyway.
    ...{ releases: {}, addons: {}, secrets: {} },
    images: Object.fromEntries(images),
  };
}
