// `slipway down`: takes away what is ours, in reverse order, by the journal and by labels. It needs no config.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../failure.ts';
import type { Resource } from '../plan/step.ts';
import type { Kept } from '../run/journalled.ts';
import { planTakeDown, takeDown } from './take-down.ts';
import type { Artifact } from '../packages/artifact.ts';
import { exitCodeOf } from '../exit-codes.ts';
import type { CommandContext } from '../cli/command-context.ts';
import { findPlace, type Place } from '../state/find-place.ts';
import { environmentStateFolder } from '../state/known-places.ts';
import { NoEngineHere } from '../cli/wiring/open-engine.ts';
import { openPlace, type OpenPlace } from '../cli/wiring/open-place.ts';
import { baseOptions, type CommandSpec } from '../cli/option-spec.ts';
import { emitEnd, emitStart } from '../run/run-events.ts';
import { JOURNAL_FILE } from '../state/state-files.ts';

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
  examples: ['slipway down', 'slipway down --now', 'slipway down --env todo --keep-cluster'],
};

export async function down(context: CommandContext): Promise<number> {
  const startedAt = performance.now();
  const { flags } = context.options;
  if (flags.has('now') && flags.has('keep-cluster'))
    throw new Failure('usage', 'down: --now removes the cluster, --keep-cluster keeps it', {
      hint: 'Take one of them.',
    });
  const request = { ...(await findPlace(context)), lockedFor: 'down', engine: 'expect' } as const;
  const place = await openPlace(context, request).catch(async (error: unknown) => {
    // An engine that does not answer may hold what is ours. A machine that has none does not, unless the journal says so.
    if (error instanceof NoEngineHere && !(await hasJournal(context, request))) return undefined;
    throw error;
  });
  if (!place) {
    emitStart(context, 'down', request.environment, []);
    emitEnd(context, 'nothing-to-do', startedAt);
    return 0;
  }
  await using _closed = place;
  const tools = {
    ...place,
    findMissingHelm: (signal: AbortSignal) => findMissingHelm(place, signal),
  };
  const options = {
    keepCluster: flags.has('keep-cluster'),
    keepImages: flags.has('keep-images'),
    isHurried: flags.has('now'),
  };
  const plan = await planTakeDown(tools, options, context.signal);
  emitStart(context, 'down', place.name, plan.steps);
  let kept: readonly Kept[];
  try {
    kept = await takeDown(tools, plan, context);
  } catch (error) {
    emitEnd(context, exitCodeOf(error) === 130 ? 'interrupted' : 'failed', startedAt);
    throw error;
  }
  if (flags.has('stop-engine')) await stopEngine(context);
  const isIdle = plan.steps.every((step) => step.action === 'skip');
  const summary = kept.map(({ resource, reason }) => `left: ${nameOf(resource)}: it ${reason}`);
  emitEnd(context, isIdle ? 'nothing-to-do' : 'done', startedAt, { summary });
  return 0;
}

function nameOf(resource: Resource): string {
  if (resource.kind === 'image') return `image ${resource.reference}`;
  const namespace = 'namespace' in resource ? `${resource.namespace}/` : '';
  return `${resource.kind} ${namespace}${resource.name}`;
}

async function findMissingHelm(place: OpenPlace, signal: AbortSignal): Promise<Artifact | undefined> {
  const { artifact } = await place.tools.helm();
  return artifact === undefined || (await artifact.isPresent(signal)) ? undefined : artifact;
}

async function stopEngine({ folders, emit }: CommandContext): Promise<void> {
  const { stopStartedEngine } = await import('../engine/started-engine.ts');
  if (await stopStartedEngine(join(folders.state, 'engine')))
    emit({ type: 'note', level: 'info', text: 'the container engine that Slipway started is stopped' });
}

async function hasJournal({ folders }: CommandContext, place: Place): Promise<boolean> {
  return existsSync(join(await environmentStateFolder(folders, place), JOURNAL_FILE));
}
