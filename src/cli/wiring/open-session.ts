// Opens an environment by its config: everything that `up` and `plan` work on.

import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { addonCatalog } from '../../addons/addon-catalog.ts';
import { checkAddonVersions } from '../../addons/check-addon-versions.ts';
import type { PortMapping } from '../../cluster/cluster-driver.ts';
import { choosePorts, hostPortProbe } from '../../cluster/host-port.ts';
import { madeOfFile } from '../../cluster/kind/kind-driver.ts';
import { clusterConfigFile } from '../../config/find-config.ts';
import { loadConfig, selectEnvironment } from '../../config/load-config.ts';
import { refuseProblems } from '../../config/problem.ts';
import { askedBuilder } from '../../images/build/choose-builder.ts';
import { ImageAliases } from '../../images/image-aliases.ts';
import { Failure } from '../../failure.ts';
import type { ImageLoader } from '../../images/load/image-loader.ts';
import { makeImageLoader } from '../../images/load/make-image-loader.ts';
import type { Environment } from '../../config/schema.ts';
import { SizeHistory } from '../../images/size-history.ts';
import type { Lane } from '../../plan/step.ts';
import { allOrNone } from '../../process/all-or-none.ts';
import { namesIn, secretVariables } from '../../secrets/learn-secrets.ts';
import { describeBundled, type BundledParts } from '../../packages/bundled-parts.ts';
import { describeEnvironment, type DescribeOptions } from '../../up/describe-environment.ts';
import type { EnvironmentRun } from '../../up/environment-run.ts';
import { ReleaseTracker } from '../../releases/release-tracker.ts';
import type { UpTools } from '../../up/up-tools.ts';
import { observeEngineHost } from '../../engine/container-engine.ts';
import { mmdebstrapArtifact } from '../../packages/ensure-mmdebstrap.ts';
import type { ChosenTool } from '../../tools/choose-tools.ts';
import { askEngine } from '../../engine/ask-engine.ts';
import {
  chooseImageSource,
  officialImages,
  type ImageSource,
  type ImageSourceChoice,
} from '../../packages/probe-registry.ts';
import type { CommandContext } from '../command-context.ts';
import { defaultClusterName } from '../../state/known-places.ts';
import { openAuthority } from './open-authority.ts';
import { late } from './late.ts';
import { consentOf, type EngineUse } from './open-engine.ts';
import { openPlace, type OpenPlace } from './open-place.ts';
import { claimPlace, projectOf } from '../../state/project.ts';

export interface Session extends AsyncDisposable {
  readonly place: OpenPlace;
  readonly tools: UpTools;
  readonly source: ImageSource;
  /** Works out anew what is wanted, from the files as they are by then. */
  readonly describe: (
    changes: Partial<Pick<DescribeOptions, 'environment' | 'content' | 'parts' | 'signal'>>,
  ) => Promise<EnvironmentRun>;
  readonly describeBundled: (environment: Environment) => Promise<BundledParts>;
  readonly limits: Readonly<Record<Lane, number>>;
}

export interface SessionRequest {
  readonly lockedFor?: string;
  readonly engine: EngineUse;
}

/** Build arguments that the engine predefines: they reach the build and stay out of the image. */
const PROXY_VARIABLES = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy'];

export async function openSession(context: CommandContext, request: SessionRequest): Promise<Session> {
  const { folders, signal, env, emit, configFile } = context;
  const config = await loadConfig({ configFile, addons: [...addonCatalog.keys()] });
  const { name, environment } = selectEnvironment(config, context.options.texts.get('env'));
  const builder = askedBuilder({
    option: context.options.texts.get('builder'),
    variable: env['DOCKER_BUILDKIT'],
  });
  const clusterName = environment.cluster.name ?? defaultClusterName(name, configFile);
  const withheld = secretVariables(environment.secrets);
  context.redactor.addNames(namesIn(name, environment));
  for (const variable of withheld)
    if (Object.hasOwn(env, variable)) context.redactor.add(env[variable] ?? '', { key: variable });
  const opened = await openPlace(context, { environment: name, clusterName, withheld, ...request });
  try {
    const adopts = context.options.flags.has('adopt');
    const { shared } = environment.cluster;
    const claim = { environment: name, clusterName, project: await projectOf(configFile), adopts, shared };
    const isKept = request.lockedFor !== undefined;
    const project = await claimPlace(opened.stateFolder, claim, { isKept });
    const place: OpenPlace = { ...opened, project: project.id };
    // The registries are asked while ports and programs are looked at.
    const [{ source, reason, isFallback }, { ports, isThere }, tools] = await allOrNone(signal, (scope) => [
      sourceOf(place, { ...context, signal: scope }),
      portsOf(place, environment.cluster.ports, request.engine, { ...context, signal: scope }),
      toolsOf(place, request.engine),
    ]);
    // Before anything that is missing for it: without the reason nobody would know why it is wanted.
    const advice = isFallback ? '. `--images registry` pulls all the same' : '';
    emit({
      type: 'note',
      level: isFallback ? 'warn' : 'info',
      text: `images from ${source}: ${reason}${advice}`,
    });
    if (request.engine !== 'none')
      await judgeKindConfig(context, place, {
        ...{ file: clusterConfigFile(environment, dirname(configFile)), source, isThere },
      });
    refuseProblems(
      checkAddonVersions(`environments.${name}.addons`, environment.addons, addonCatalog, source),
      basename(configFile),
    );
    const aliases = await ImageAliases.open(place.stateFolder);
    const description = {
      place,
      environment,
      projectFolder: dirname(configFile),
      slipwayFolder: folders.slipway,
      source,
      // Compilers are for packages that are made: where registries answer, or charts are only rendered, Go need not be
      // there.
      workshop: {
        ...(await (source === 'packages' && request.engine !== 'none'
          ? place.workbench()
          : place.registryWorkbench())),
        images: place.images,
      },
      ports,
      builder,
      aliases,
      toolArtifacts: tools.flatMap(({ artifact }) => artifact ?? []),
      mmdebstrap:
        source === 'packages'
          ? mmdebstrapArtifact({
              commands: place.commands,
              consent: consentOf(context),
              host: await observeEngineHost(context.system, context.isRoot),
            })
          : undefined,
      proxyArgs: Object.fromEntries(PROXY_VARIABLES.flatMap((key) => (env[key] ? [[key, env[key]]] : []))),
      signal,
    };
    const run = await describeEnvironment(description);
    const cores = availableParallelism();
    return {
      place,
      source,
      describe: (changes) => describeEnvironment({ ...description, ...changes }),
      describeBundled: (changed) => describeBundled({ ...description, environment: changed }),
      limits: { compile: cores, build: cores, transfer: 4, cluster: 16 },
      tools: {
        run,
        images: place.images,
        loader: late<ImageLoader>(async () =>
          makeImageLoader({ ...place, docker: await place.docker() }, signal),
        ),
        driver: place.driver,
        releases: place.releases,
        sizes: new SizeHistory(place.stateFolder),
        aliases,
        env,
        tracker: new ReleaseTracker(run.desired, emit),
        note: (text) => emit({ type: 'note', level: 'info', text }),
        redactor: context.redactor,
        authority: openAuthority(context),
        connect: place.connect,
      },
      [Symbol.asyncDispose]: () => place[Symbol.asyncDispose](),
    };
  } catch (error) {
    await opened[Symbol.asyncDispose]();
    throw error;
  }
}

/**
 * Before anything is compiled or built for a cluster that cannot be made. A cluster that is there stays as it was made:
 * what its config file says differently by now is told.
 */
async function judgeKindConfig(
  { emit }: CommandContext,
  { clusterName: name, stateFolder }: OpenPlace,
  {
    file,
    source,
    isThere,
  }: { readonly file: string; readonly source: ImageSource; readonly isThere: boolean },
): Promise<void> {
  const [{ checkKindConfig }, text, declared] = await Promise.all([
    import('../../cluster/kind/kind-config.ts'),
    readFile(file, 'utf8').catch((cause: unknown) => {
      throw new Failure('config', `${file} cannot be read`, { cause });
    }),
    isThere ? readFile(madeOfFile(stateFolder), 'utf8').catch(() => undefined) : undefined,
  ]);
  const changed = checkKindConfig(
    text,
    { name, configFile: file, isPackagedNode: source === 'packages' },
    declared,
  );
  if (changed.length === 0) return;
  const what = `${changed.join(', ')} in ${file} changed since the cluster was made, which stays as it is`;
  const remedy = '`slipway down`, then `slipway up` makes it anew';
  emit({ type: 'note', level: 'warn', text: `${what}: ${remedy}` });
}

/** Without an engine nobody makes a cluster. */
function toolsOf({ tools }: OpenPlace, engine: EngineUse): Promise<ChosenTool[]> {
  return Promise.all(engine === 'none' ? [tools.helm()] : [tools.kind(), tools.helm()]);
}

function sourceOf(place: OpenPlace, context: CommandContext): Promise<ImageSourceChoice> {
  const { options, folders, signal } = context;
  return chooseImageSource(
    {
      wanted: (options.texts.get('images') ?? 'auto') as 'auto' | ImageSource,
      images: officialImages,
      engine: place.endpoint.url,
      memoryFile: join(folders.cache, 'image-source.json'),
      nowMs: Date.now(),
      ask: (path, asked, deadlineMs) => askEngine(place.endpoint, path, asked, deadlineMs),
    },
    signal,
  );
}

/** Those of the cluster that is there; for a new one the wanted ones, or the next free ones where they are taken. */
async function portsOf(
  place: OpenPlace,
  { http, https }: { readonly http: number; readonly https: number },
  engine: EngineUse,
  { signal, emit }: CommandContext,
): Promise<{ readonly ports: readonly PortMapping[]; readonly isThere: boolean }> {
  const listenAddress = '127.0.0.1';
  const wanted: PortMapping[] = [
    { name: 'http', containerPort: 80, hostPort: http, listenAddress },
    { name: 'https', containerPort: 443, hostPort: https, listenAddress },
  ];
  // Without an engine nobody can say what is there.
  if (engine === 'none') return { ports: wanted, isThere: false };
  const { status, ports } = await place.driver.observe(place.clusterName, signal);
  const isThere = status !== 'absent';
  if (isThere && ports.length > 0) return { ports, isThere };
  const chosen = await choosePorts(
    wanted,
    signal,
    hostPortProbe({ commands: place.commands, docker: 'docker' }),
  );
  for (const text of chosen.notes) emit({ type: 'note', level: 'warn', text });
  return { ports: chosen.mappings, isThere };
}
