// `npm run down`: takes away what is ours, in reverse order, by the journal and by labels. It needs no config.

import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runPlan } from '../engine/run-plan.ts';
import { Failure } from '../failure.ts';
import { planDown } from '../plan/plan-down.ts';
import type { Resource } from '../plan/step.ts';
import { findLeftovers } from '../steps/find-leftovers.ts';
import { recordRemoval } from '../steps/journalled.ts';
import { performDown } from '../steps/perform-down.ts';
import type { Artifact } from '../toolchain/artifact.ts';
import { removeNameless } from '../image/remove-nameless.ts';
import { exitCodeOf } from '../view/print-failure.ts';
import type { CommandContext } from './command-context.ts';
import { findPlace } from './find-place.ts';
import { clusterStateFolder } from './folders.ts';
import { NoEngineHere } from './open-engine.ts';
import { openPlace, type OpenPlace } from './open-place.ts';
import { baseOptions, type CommandSpec } from './option-spec.ts';
import { emitEnd, emitStart } from './run-events.ts';
import { JOURNAL_FILE } from './state-files.ts';

export const downSpec: CommandSpec = {
  name: 'down',
  summary: 'Takes the environment down in the reverse order of its making and verifies that nothing is left.',
  options: {
    ...baseOptions,
    'keep-cluster': { type: 'flag', description: 'removes releases and addons, keeps the cluster' },
    now: { type: 'flag', description: 'removes the cluster at once, and not first what is in it' },
    'stop-engine': { type: 'flag', description: 'stops the container engine too, if Slipway started it' },
    'keep-images': { type: 'flag', description: 'keeps the images that were made: the next up is quicker' },
  },
  examples: ['npm run down', 'npm run down -- --now', 'npm run down -- --env todo --keep-cluster'],
};

export async function down(context: CommandContext): Promise<number> {
  const startedAt = performance.now();
  const { flags } = context.options;
  if (flags.has('now') && flags.has('keep-cluster'))
    throw new Failure('usage', 'down: --now removes the cluster, --keep-cluster keeps it', {
      hint: 'Take one of them.',
    });
  const request = { ...(await findPlace(context)), lockedFor: 'down', engine: 'expect' } as const;
  const place = await openPlace(context, request).catch((error: unknown) => {
    // An engine that does not answer may hold what is ours. A machine that has none does not, unless the journal says so.
    if (error instanceof NoEngineHere && !hasJournal(context, request.clusterName)) return undefined;
    throw error;
  });
  if (!place) {
    emitStart(context, 'down', request.environment, []);
    emitEnd(context, 'nothing-to-do', startedAt);
    return 0;
  }
  await using _closed = place;
  const { journal } = place;
  const { resources, api } = await findLeftovers(place, context.signal);
  const goesWithCluster = reasonToGoWithCluster(resources, api !== undefined, flags.has('now'));
  const takesReleases = goesWithCluster === undefined && resources.some(({ kind }) => kind === 'release');
  const missingHelm = takesReleases ? await findMissingHelm(place, context.signal) : undefined;
  const steps = planDown(resources, {
    keepCluster: flags.has('keep-cluster'),
    keepImages: flags.has('keep-images'),
    ...{ goesWithCluster, missingHelm },
  });
  const artifacts = missingHelm ? [missingHelm] : [];
  emitStart(context, 'down', place.name, steps);
  try {
    await runPlan(steps, {
      perform: recordRemoval(journal, performDown({ ...place, artifacts, api })),
      limits: { compile: 1, build: 1, transfer: 4, cluster: 8 },
      signal: context.signal,
      emit: context.emit,
    });
  } catch (error) {
    emitEnd(context, exitCodeOf(error) === 130 ? 'interrupted' : 'failed', startedAt);
    throw error;
  }
  if (!flags.has('keep-images')) {
    await removeNameless(place.images, { 'dev.slipway.cluster': place.clusterName }, context.signal);
  }
  // What was inside a cluster that is gone is gone too.
  for (const step of steps) {
    if (step.action === 'skip' && !step.reason.startsWith('kept') && step.resource) {
      await journal.record('gone', step.resource);
    }
  }
  await journal.compact();
  if (journal.outstanding().length === 0 && !steps.some((step) => step.reason.startsWith('kept'))) {
    await rm(place.stateFolder, { recursive: true, force: true });
  }
  if (flags.has('stop-engine')) await stopEngine(context);
  const isIdle = steps.every((step) => step.action === 'skip');
  emitEnd(context, isIdle ? 'nothing-to-do' : 'done', startedAt);
  return 0;
}

function reasonToGoWithCluster(
  resources: readonly Resource[],
  isReachable: boolean,
  isHurried: boolean,
): string | undefined {
  if (!isReachable) return 'goes with the cluster, which does not answer';
  if (!isHurried) return undefined;
  if (resources.some(({ kind }) => kind === 'cluster')) return 'goes with the cluster (--now)';
  throw new Failure('usage', 'down: --now is for a cluster that Slipway has made, and this one it has not', {
    hint: 'Without --now everything of ours is removed from it, one by one.',
  });
}

async function findMissingHelm(place: OpenPlace, signal: AbortSignal): Promise<Artifact | undefined> {
  const { artifact } = await place.tools.helm();
  return artifact === undefined || (await artifact.isPresent(signal)) ? undefined : artifact;
}

async function stopEngine({ folders, emit }: CommandContext): Promise<void> {
  const { stopStartedEngine } = await import('../toolchain/started-engine.ts');
  if (await stopStartedEngine(join(folders.state, 'engine')))
    emit({ type: 'note', level: 'info', text: 'the container engine that Slipway started is stopped' });
}

function hasJournal({ folders }: CommandContext, clusterName: string): boolean {
  return existsSync(join(clusterStateFolder(folders, clusterName), JOURNAL_FILE));
}
