// `slipway prune`: what Slipway has put on this machine, and away with what is old and not in use.

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../failure.ts';
import { readDesiredState } from '../no-op/desired-state-cache.ts';
import { connectEngine } from '../engine/connect-engine.ts';
import { DockerodeImageStore } from '../images/dockerode-image-store.ts';
import { clustersOf, engineEntries, type EngineUsage } from './engine-entries.ts';
import { artifactEntries, stateEntries } from './folder-entries.ts';
import { planPrune, type PruneVerdict } from './ledger-entry.ts';
import { removeEntry } from './perform-prune.ts';
import { ZxCommandRunner } from '../process/zx-command-runner.ts';
import { holderOf } from '../process/process-lock.ts';
import { runLockOf } from '../run/run-lock-file.ts';
import { ArtifactCache } from '../packages/artifact-cache.ts';
import { askEngine } from '../engine/ask-engine.ts';
import type { EngineEndpoint } from '../engine/engine-endpoint.ts';
import { formatBytes } from '../view/format-bytes.ts';
import { formatTable } from '../view/table.ts';
import type { CommandContext } from '../cli/command-context.ts';
import { openEngine } from '../cli/wiring/open-engine.ts';
import { baseOptions, type CommandSpec } from '../cli/option-spec.ts';
import { JOURNAL_FILE } from '../state/state-files.ts';

export const pruneSpec: CommandSpec = {
  name: 'prune',
  summary:
    'Shows what Slipway has put on this machine, with sizes, and removes of it what is old and not in use. Nothing else is touched.',
  options: {
    'older-than': {
      type: 'number',
      value: '<days>',
      description: 'only what is older, or unused for longer (14)',
    },
    'dry-run': { type: 'flag', description: 'removes nothing' },
    all: { type: 'flag', description: 'shows what stays, too' },
    yes: { type: 'flag', description: 'removes without asking' },
    json: baseOptions.json,
    help: baseOptions.help,
  },
  examples: ['slipway prune --dry-run --all', 'slipway prune --older-than 3'],
};

const DAY_MS = 86_400_000;
const OLDER_THAN_DAYS = 14;
/** The engine adds up all its files for this answer. */
const USAGE_DEADLINE_MS = 120_000;

export async function prune(context: CommandContext): Promise<number> {
  const { options, folders, signal, print } = context;
  await using commands = new ZxCommandRunner({ env: context.env });
  const endpoint = await openEngine({
    ...{ context, commands, use: 'expect' },
    workbench: () => Promise.reject(new Error('an engine that is expected is not made')),
  });
  const cache = new ArtifactCache(join(folders.cache, 'artifacts'));
  const verdicts = await lookAround(context, endpoint, cache.folder);
  const going = verdicts.filter(({ verdict }) => verdict === 'remove');
  const isJson = options.flags.has('json');
  if (isJson) {
    for (const { entry, verdict, reason } of verdicts) print(JSON.stringify({ ...entry, verdict, reason }));
  } else show(context, verdicts, going);
  if (going.length === 0 || options.flags.has('dry-run')) return 0;
  if (context.isInteractive && !options.flags.has('yes') && !isJson) {
    const question = `Remove these ${going.length}?`;
    if (!(await context.confirm(question))) return 0;
  }
  await refuseRuns(folders.state);
  const images = new DockerodeImageStore(await connectEngine(endpoint));
  let freedBytes = 0;
  let inUse = 0;
  for (const { entry } of going) {
    if (await removeEntry({ images, sweep: () => cache.sweep() }, entry, signal))
      freedBytes += entry.sizeBytes;
    else inUse++;
  }
  const kept = inUse === 0 ? '' : `; ${inUse} came into use and stayed`;
  if (!isJson) print(`Removed ${going.length - inUse}, up to ${formatBytes(freedBytes)}${kept}.`);
  return 0;
}

async function lookAround(
  { options, folders, signal }: CommandContext,
  endpoint: EngineEndpoint,
  cacheFolder: string,
): Promise<PruneVerdict[]> {
  const ask = (path: string): Promise<unknown> =>
    askEngine(endpoint, path, signal, USAGE_DEADLINE_MS).catch((cause: Error) => {
      signal.throwIfAborted();
      throw new Failure('engine', `the container engine does not tell what is in use: ${cause.message}`, {
        hint: 'Is it running? `slipway doctor` tells.',
        cause,
      });
    });
  const [disk, containers, cachedStates] = await Promise.all([
    ask('/system/df'),
    ask('/containers/json?all=1'),
    readdir(folders.state).then(
      (names) => Promise.all(names.map((name) => readDesiredState(join(folders.state, name)))),
      () => [],
    ),
  ]);
  const usage = { disk, containers } as EngineUsage;
  const clusters = clustersOf(usage);
  const references = cachedStates.flatMap((cached) => {
    if (cached === undefined || !clusters.has(cached.run.clusterName)) return [];
    const { artifacts, releases } = cached.run.desired;
    return [...artifacts.map(({ location }) => location), ...releases.flatMap(({ images }) => images)];
  });
  const wanted = new Set(references);
  const [artifacts, states] = await Promise.all([
    artifactEntries(cacheFolder),
    stateEntries(folders.state, clusters, JOURNAL_FILE),
  ]);
  const held = artifacts.map((entry) =>
    wanted.has(entry.id) ? { ...entry, heldBy: 'an environment wants it' } : entry,
  );
  const days = Number(options.texts.get('older-than') ?? OLDER_THAN_DAYS);
  const rules = { nowMs: Date.now(), olderThanMs: days * DAY_MS, clusters };
  return planPrune([...engineEntries(usage, wanted), ...held, ...states], rules);
}

function show(
  { options, print }: CommandContext,
  all: readonly PruneVerdict[],
  going: readonly PruneVerdict[],
): void {
  const bytesOf = (verdicts: readonly PruneVerdict[]): string =>
    formatBytes(verdicts.reduce((sum, { entry }) => sum + entry.sizeBytes, 0));
  const byKind = Map.groupBy(all, ({ entry }) => entry.kind);
  print(
    formatTable({
      head: ['KIND', 'COUNT', 'SIZE', 'TO REMOVE'],
      rows: [...byKind].map(([kind, verdicts]) => {
        const removed = verdicts.filter(({ verdict }) => verdict === 'remove');
        return [
          kind,
          String(verdicts.length),
          bytesOf(verdicts),
          removed.length === 0 ? '' : bytesOf(removed),
        ];
      }),
    }),
  );
  const shown = options.flags.has('all') ? all : going;
  if (shown.length > 0) {
    print(
      formatTable({
        head: ['KIND', 'WHAT', 'SIZE', 'VERDICT', 'WHY'],
        rows: shown.map(({ entry, verdict, reason }) => [
          ...[entry.kind, entry.id, formatBytes(entry.sizeBytes), verdict, reason],
        ]),
      }),
    );
  }
  print(going.length === 0 ? 'Nothing to remove.' : `${going.length} to remove, up to ${bytesOf(going)}.`);
}

/** What a run at work is about to use looks as if nobody did. */
async function refuseRuns(stateFolder: string): Promise<void> {
  const names = await readdir(stateFolder).catch((): string[] => []);
  for (const name of names) {
    const holder = await holderOf(runLockOf(join(stateFolder, name))).catch(() => undefined);
    if (holder !== undefined)
      throw new Failure('state', `a run is at work on cluster ${name}: ${holder}`, {
        hint: 'Wait for it to end.',
      });
  }
}
