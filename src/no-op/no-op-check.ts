// The quick look of `up`: is all as it was when it was brought up last? It works nothing out that was worked out
// before, loads no client library and starts no program, and whatever it cannot answer is left to the long way.
//
//   a run at work, or something that decides the desired state has changed ─► undefined
//   what is there, asked anew: engine, nodes, one list call per kind ─► planUp ─► something to do ─► undefined
//                                                                          └────► nothing to do ─► the steps

import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { observeKindNodes } from '../cluster/kind/observe-kind-nodes.ts';
import { Journal } from '../run/journal.ts';
import type { Environment } from '../config/schema.ts';
import { readConfigModule } from '../config/read-config-module.ts';
import { readDesiredState, type CachedDesiredState } from './desired-state-cache.ts';
import { desiredStateKey } from './desired-state-key.ts';
import { listRememberedReleases } from '../releases/remembered-releases.ts';
import { listEngineImages } from '../images/list-engine-images.ts';
import { presentByTarget, type RunInNode } from '../images/load/present-by-target.ts';
import { namesIn } from '../secrets/learn-secrets.ts';
import { connectCluster } from '../kubernetes/client/connect-cluster.ts';
import { planUp } from '../plan/plan-up.ts';
import type { Step } from '../plan/step.ts';
import { readClusterRecord } from '../cluster/cluster-record.ts';
import type { EnvironmentRun } from '../up/environment-run.ts';
import { observeState, type Observers } from '../up/observe-state.ts';
import { runLockOf } from '../run/run-lock-file.ts';
import { askEngine } from '../engine/ask-engine.ts';
import { execInContainer } from '../engine/exec-in-container.ts';
import type { CommandContext } from '../cli/command-context.ts';
import { defaultClusterName, environmentStateFolder, type KnownPlace } from '../state/known-places.ts';
import { openAuthority } from '../cli/wiring/open-authority.ts';
import { JOURNAL_FILE, RELEASES_FILE } from '../state/state-files.ts';
import { orphanRule } from '../up/orphan-rule.ts';
import { desiredStateInputs } from './desired-state-inputs.ts';

export interface NoOpCheck {
  readonly run: EnvironmentRun;
  /** All of them skipped. */
  readonly steps: readonly Step[];
}

/**
 * Run and steps when nothing is to do; undefined when something is, or when it cannot be told without the long way. With
 * --verbose it says why.
 */
export async function noOpCheck(context: CommandContext): Promise<NoOpCheck | undefined> {
  const { signal } = context;
  const leave = (why: string): undefined => {
    if (context.options.flags.has('verbose'))
      context.emit({ type: 'note', level: 'info', text: `no quick answer that nothing is to do: ${why}` });
  };
  try {
    const config = await readConfigModule(context.configFile);
    const cached = await readDesiredState(
      await environmentStateFolder(context.folders, placeIn(config, context)),
    );
    if (cached === undefined) return leave('nothing was kept of an earlier run that ended well');
    const run = recalled(cached, config);
    context.redactor.addNames(namesIn(run.name, { ...run.environment, ...declaredIn(config, run.name) }));
    const [record, isBusy] = await Promise.all([
      readClusterRecord(run.stateFolder),
      isThere(runLockOf(run.stateFolder)),
    ]);
    if (isBusy) return leave('another run is at work, or one has ended without tidying up');
    if (record === undefined) return leave('which cluster is ours is not recorded');
    const journal = await Journal.read(join(run.stateFolder, JOURNAL_FILE));
    // The files are looked at while engine and cluster answer.
    const unwanted = new AbortController();
    const observers = observersOf(context, cached, run);
    const looking = observeState(observers, journal, AbortSignal.any([signal, unwanted.signal]));
    looking.catch(() => undefined);
    const key = await desiredStateKey(desiredStateInputs(context, config, cached.sources), signal);
    if (key.digest !== cached.digest) {
      unwanted.abort();
      return leave('the config, a file, an option or a variable that decides what is wanted has changed');
    }
    const steps = planUp(run.desired, await looking, orphanRule(context));
    const todo = steps.find(({ action }) => action === 'do');
    return todo === undefined ? { run, steps } : leave(`${todo.id} is to do: ${todo.reason}`);
  } catch (error) {
    if (signal.aborted) throw error;
    // The long way meets the same trouble, and says what it is.
    return leave(error instanceof Error ? error.message : String(error));
  }
}

/** Of a config that nobody has checked yet. */
function placeIn(config: unknown, { options, configFile }: CommandContext): KnownPlace {
  const { default: first, environments } = config as {
    default: string;
    environments: Record<string, { cluster?: { name?: string } }>;
  };
  const name = options.texts.get('env') ?? first;
  const clusterName = environments[name]?.cluster?.name ?? defaultClusterName(name, configFile);
  return { environment: name, clusterName };
}

function recalled({ run, builds }: CachedDesiredState, config: unknown): EnvironmentRun {
  const requests = Object.entries(builds).map(([name, { reference }]) => {
    return [name, { reference, contextFolder: '', dockerfile: '' }] as const;
  });
  // Templates were not kept. Where the config is another one than then, its digest says so before this counts.
  const { secrets } = declaredIn(config, run.name);
  const environment = { ...run.environment, secrets: secrets ?? {} };
  // Nothing is made in a no-op check.
  return {
    ...run,
    environment,
    artifacts: new Map(),
    builds: new Map(requests),
    releases: new Map(),
    fingerprints: new Map(),
    addons: new Map(),
  };
}

function declaredIn(config: unknown, environment: string): Partial<Environment> {
  return (config as { environments: Record<string, Partial<Environment>> }).environments[environment]!;
}

function observersOf(context: CommandContext, cached: CachedDesiredState, run: EnvironmentRun): Observers {
  const ask = (path: string, signal: AbortSignal): Promise<unknown> =>
    askEngine(cached.endpoint, path, signal);
  const inNode: RunInNode = (...call) => execInContainer(cached.endpoint, ...call);
  const layers = new Map(Object.values(cached.builds).map((build) => [build.reference, build.layers]));
  // Each connection costs a handshake: over 4 in the place of 16 a no-op check takes 8 % less (median of 24 turns).
  const connected = connectCluster({ kubeconfigFile: run.kubeconfigFile, requestsAtOnce: 4 });
  // Looked at when it is asked for.
  connected.catch(() => undefined);
  return {
    run,
    env: context.env,
    redactor: context.redactor,
    authority: openAuthority(context),
    connect: () => connected,
    images: { list: (labels, signal) => listEngineImages(ask, labels, signal) },
    loader: {
      present: (request, signal) => presentByTarget({ ask, run: inNode }, cached.targets, request, signal),
    },
    releases: {
      list: async (signal) => {
        const memoryFile = join(run.stateFolder, RELEASES_FILE);
        return listRememberedReleases({ api: await connected, memoryFile }, signal);
      },
    },
    sizes: { layersOf: async (reference) => layers.get(reference) },
    driver: {
      kind: 'kind',
      observe: (cluster, signal) => observeKindNodes(ask, { cluster, network: `slipway-${cluster}` }, signal),
    },
  };
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
