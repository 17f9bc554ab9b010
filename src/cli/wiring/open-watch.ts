// Puts together what `watch` works with: the world of an environment that is up, and the loop over it.

import { basename, dirname } from 'node:path';
import { addonCatalog } from '../../addons/addon-catalog.ts';
import { checkAddonVersions } from '../../addons/check-addon-versions.ts';
import type { Emit } from '../../run/events.ts';
import { loadConfig, selectEnvironment } from '../../config/load-config.ts';
import { refuseProblems } from '../../config/problem.ts';
import type { Environment } from '../../config/schema.ts';
import type { Failure } from '../../failure.ts';
import { pruneNodeImages } from '../../images/load/prune-node-images.ts';
import { planUp } from '../../plan/plan-up.ts';
import type { EnvironmentRun } from '../../up/environment-run.ts';
import { observeState } from '../../up/observe-state.ts';
import { systemClock } from '../../watch/clock.ts';
import { ConfigSource, type ReadConfig } from '../../watch/config-source.ts';
import { EnvironmentWorld } from '../../watch/environment-world.ts';
import { findGitFolder } from '../../watch/git-lock.ts';
import { ImagePruner } from '../../watch/image-pruner.ts';
import { FileSync, type SyncConnection } from '../../sync/file-sync.ts';
import { SyncFirst } from '../../sync/sync-first.ts';
import { KnownState } from '../../watch/known-state.ts';
import { readFreshConfig } from '../../config/read-config-afresh.ts';
import { RememberedContent } from '../../watch/remembered-content.ts';
import { RememberedReleases } from '../../watch/remembered-releases.ts';
import { ServiceRunner } from '../../watch/service-runner.ts';
import { imagesOf, stepsFor, type AskedWork } from '../../watch/service-steps.ts';
import { settle, type ServiceState } from '../../watch/watch-state.ts';
import type { CommandContext } from '../command-context.ts';
import type { Session } from './open-session.ts';
import { isAsNamed } from '../../releases/as-built.ts';
import { serviceName } from '../../watch/watch-run-events.ts';
import { openConnection } from '../../kubernetes/client/connect-cluster.ts';
import { RestPodFeed } from '../../kubernetes/client/rest-pod-feed.ts';
import { SocketContainerExec } from '../../kubernetes/exec/socket-container-exec.ts';
import type { ClusterApi } from '../../kubernetes/client/cluster-api.ts';

export interface WatchSetup {
  readonly world: EnvironmentWorld;
  /** The first state of a service. */
  readonly begin: (service: string, wanted: string) => ServiceState;
  /** The fingerprint that `up` wanted of a service. */
  readonly described: (service: string) => string | undefined;
  readonly services: readonly string[];
  /** Those that did not come up. */
  readonly failed: readonly string[];
  /** The environment as its config says by now. */
  readonly current: () => EnvironmentRun;
  /** For the next run of a service. */
  readonly ask: (service: string, work: AskedWork | undefined) => void;
  /** Whether it runs an image that is built here. */
  readonly isBuilt: (service: string) => boolean;
  /** Resolves when nothing goes on any more beside the runs. */
  readonly idle: () => Promise<void>;
}

/** Of a session, what is worked with. */
export interface WatchSession extends Pick<
  Session,
  'tools' | 'limits' | 'source' | 'describe' | 'describeBundled'
> {
  readonly place: Pick<Session['place'], 'journal' | 'commands'>;
  /** The way into running containers; the cluster's own where absent. */
  readonly connectPods?: () => Promise<SyncConnection>;
}

export interface WatchRequest {
  readonly rollsBack: boolean;
  /** Ids of the steps of `up` that have failed just now: they are not tried again before something changes. */
  readonly failedSteps: readonly string[];
  /** Aborts when even changes of the cluster have to be broken off. */
  readonly hardSignal: AbortSignal;
}

/** The cluster has to be there and to answer. */
export async function openWatch(
  context: Pick<CommandContext, 'signal' | 'emit' | 'configFile'>,
  session: WatchSession,
  { rollsBack, failedSteps, hardSignal }: WatchRequest,
): Promise<WatchSetup> {
  const { signal, emit, configFile } = context;
  const { place, tools, limits } = session;
  const { journal, commands } = place;
  // An image that `up` has just found to be one that is there is served under that one's name.
  const run = isAsNamed(tools) ? tools.run : await session.describe({});
  const known = new KnownState();
  const note = (text: string): void => emit({ type: 'note', level: 'info', text });
  let latest = run;
  const look = async (current: EnvironmentRun): Promise<void> => {
    latest = current;
    const [state, stored] = await Promise.all([
      observeState({ ...tools, run: current }, journal, signal),
      tools.releases.list(signal),
    ]);
    known.observed(state, stored);
  };
  await look(run);
  const releases = new RememberedReleases(tools.releases, hardSignal);
  const pruner: ImagePruner = new ImagePruner({
    ...{ images: tools.images, journal, known, note, clock: systemClock, signal: hardSignal },
    inUse: () => runner.references,
    pruneNodes: async (references, pruneSignal) => {
      const { nodes } = await tools.driver.observe(run.clusterName, pruneSignal);
      await pruneNodeImages({ commands, docker: 'docker', nodes, references }, pruneSignal);
    },
  });
  const runner = new ServiceRunner({
    ...{ tools, releases, journal, known, limits, rollsBack },
    emit: (service, event) => emitProgress(emit, service, event),
    onServed: (service, served) => pruner.served(service, served),
  });
  const sync = new FileSync({
    ...{ signal, projectFolder: dirname(configFile), render: (spec) => releases.render(spec) },
    connect: session.connectPods ?? (async () => openSync(await tools.connect(), tools.run.kubeconfigFile)),
    warn: (text) => emit({ type: 'note', level: 'warn', text }),
  });
  const first = new SyncFirst({
    ...{ sync, servedOf: (release) => known.servedOf(release) },
    isAsked: (service) => runner.isAsked(service),
    rebuild: (service, wanted, runSignal) => runner.run(service, wanted, runSignal),
    onRefused: (name, reason) =>
      emit({
        ...{ type: 'service-progress', service: serviceName(name), step: name },
        text: `not synced, built anew: ${reason}`,
      }),
  });
  runner.begin(run);
  for (const { group, name, namespace, fingerprint } of run.desired.releases) {
    if (known.servedOf({ name, namespace }) !== fingerprint) continue;
    pruner.remember(`${group}:${name}`, run);
    sync.deployed(`${group}:${name}`, run);
  }
  const content = new RememberedContent();
  const plan = planUp(run.desired, known.state);
  const hasFailed = (service: string): boolean =>
    stepsFor(plan, service).some(({ id }) => failedSteps.includes(id));
  const described = (service: string): string | undefined =>
    run.desired.releases.find(({ group, name }) => `${group}:${name}` === service)?.fingerprint;
  return {
    described,
    services: [...run.releases.keys()],
    failed: [...run.releases.keys()].filter(hasFailed),
    current: () => latest,
    ask: (service, work) => runner.ask(service, work),
    isBuilt: (service) => imagesOf(latest, service).length > 0,
    idle: async () => {
      pruner[Symbol.dispose]();
      await pruner.idle();
    },
    begin: (service, wanted) => {
      const served = known.servedOf(run.releases.get(service) ?? { name: '', namespace: '' });
      // What has changed since it failed is tried.
      if (served !== wanted && described(service) === wanted && hasFailed(service))
        return { name: 'failed', served, failed: wanted };
      return settle(served, wanted);
    },
    world: new EnvironmentWorld({
      content,
      releases,
      gitFolder: await findGitFolder(dirname(configFile)),
      config: configSource(context, session, (failure) =>
        emit({
          ...{ type: 'note', level: 'warn' },
          text: [`the config is not taken over: ${failure.message}`, ...failure.details].join('\n'),
        }),
      ),
      describe: (environment, parts, lookSignal) =>
        session.describe({ environment, content, parts, signal: lookSignal }),
      describeBundled: session.describeBundled,
      onConfig: (current) => look(current),
      redeploy: async (service, wanted, runSignal) => {
        await pruner.idle();
        return first.run(service, wanted, runSignal).finally(() => pruner.ended(service, wanted));
      },
    }),
  };
}

/** The environment of the session, as its config has it by and by. */
function configSource(
  { configFile }: Pick<CommandContext, 'configFile'>,
  { tools, source }: WatchSession,
  onBroken: (failure: Failure) => void,
): ConfigSource<Environment> {
  const { name, environment } = tools.run;
  return new ConfigSource({
    first: { value: environment, files: [configFile] },
    onBroken,
    read: async (signal): Promise<ReadConfig<Environment>> => {
      const fresh = await readFreshConfig(configFile, signal);
      const addons = [...addonCatalog.keys()];
      const config = await loadConfig({ configFile, addons, read: async () => fresh.config });
      const { environment: value } = selectEnvironment(config, name);
      refuseProblems(
        [
          ...checkAddonVersions(`environments.${name}.addons`, value.addons, addonCatalog, source),
          // The cluster is there as it was made.
          ...(JSON.stringify(value.cluster) === JSON.stringify(environment.cluster)
            ? []
            : [
                {
                  path: `environments.${name}.cluster`,
                  message: 'has changed: take the environment down and up again',
                },
              ]),
        ],
        basename(configFile),
      );
      return { value, files: fresh.files };
    },
  });
}

function emitProgress(emit: Emit, name: string, event: Parameters<Emit>[0]): void {
  const service = serviceName(name);
  if (event.type === 'step-started')
    emit({ type: 'service-progress', service, step: event.id, text: 'started' });
  else if (event.type === 'step-progress')
    emit({ type: 'service-progress', service, step: event.id, text: event.text });
}

/** What files are synced with. */
async function openSync(api: ClusterApi, kubeconfigFile: string): Promise<SyncConnection> {
  const connection = await openConnection(kubeconfigFile);
  return { api, exec: new SocketContainerExec(connection), feed: new RestPodFeed(connection) };
}
