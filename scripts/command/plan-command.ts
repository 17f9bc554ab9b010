// `npm run plan`: what `up` would do, and why. Changes nothing.

import { planUp } from '../plan/plan-up.ts';
import { observeState } from '../steps/observe-state.ts';
import { formatTable } from '../view/table.ts';
import type { CommandContext } from './command-context.ts';
import { openSession, sessionOptions } from './open-session.ts';
import { baseOptions, type CommandSpec } from './option-spec.ts';

export const planSpec: CommandSpec = {
  name: 'plan',
  summary: 'Shows what `up` would do and why. Changes nothing.',
  options: {
    ...baseOptions,
    ...sessionOptions,
    all: { type: 'flag', description: 'shows what needs nothing, too' },
  },
};

export async function plan(context: CommandContext): Promise<number> {
  await using session = await openSession(context, { engine: 'expect' });
  const { tools, place } = session;
  const steps = planUp(tools.run.desired, await observeState(tools, place.journal, context.signal));
  if (context.options.flags.has('json')) {
    for (const step of steps) context.print(JSON.stringify(step));
    return 0;
  }
  const todo = new Set(steps.filter((step) => step.action === 'do').map((step) => step.id));
  const shown = context.options.flags.has('all') ? steps : steps.filter((step) => todo.has(step.id));
  context.print(
    formatTable({
      head: ['STEP', 'ACTION', 'REASON', 'WAITS FOR'],
      rows: shown.map(({ id, action, reason, needs }) => [
        ...[id, action, reason, needs.filter((need) => todo.has(need)).join(', ')],
      ]),
    }),
  );
  const right = steps.length - todo.size;
  context.print(
    todo.size === 0
      ? `Nothing to do: all ${right} are right.`
      : `${todo.size} to do, ${right} right already.`,
  );
  return 0;
}
