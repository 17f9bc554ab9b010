// `npm run up`: observe, plan, do what is missing, and say where everything is.

import { recordMaking } from '../steps/journalled.ts';
import { runPlan } from '../engine/run-plan.ts';
import { planUp } from '../plan/plan-up.ts';
import { observeState } from '../steps/observe-state.ts';
import { performUp } from '../steps/perform-up.ts';
import { exitCodeOf } from '../view/print-failure.ts';
import type { CommandContext } from './command-context.ts';
import { describeAccess } from './describe-access.ts';
import { openSession, sessionOptions } from './open-session.ts';
import { baseOptions, type CommandSpec } from './option-spec.ts';
import { emitEnd, emitStart } from './run-events.ts';

export const upSpec: CommandSpec = {
  name: 'up',
  summary:
    'Brings the environment up: images, cluster, addons and releases. Does only what is not right yet.',
  options: {
    ...baseOptions,
    ...sessionOptions,
    yes: { type: 'flag', description: 'installs what the machine lacks without asking' },
  },
  examples: ['npm run up', 'npm run up -- --env todo --yes', 'npm run up -- --images packages --json'],
};

export async function up(context: CommandContext): Promise<number> {
  const startedAt = performance.now();
  await using session = await openSession(context, { lockedFor: 'up', engine: 'ensure' });
  const { tools, place } = session;
  const observed = await observeState(tools, place.journal, context.signal);
  const steps = planUp(tools.run.desired, observed);
  emitStart(context, 'up', tools.run.name, steps);
  const isIdle = steps.every((step) => step.action === 'skip');
  try {
    await runPlan(steps, {
      perform: recordMaking(place.journal, performUp(tools)),
      limits: session.limits,
      signal: context.signal,
      emit: context.emit,
    });
    await place.journal.compact();
  } catch (error) {
    emitEnd(context, exitCodeOf(error) === 130 ? 'interrupted' : 'failed', startedAt);
    throw error;
  }
  emitEnd(context, isIdle ? 'nothing-to-do' : 'done', startedAt, describeAccess(tools.run));
  return 0;
}
