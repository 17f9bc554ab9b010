// `slipway plan`: what `up` would do, and why. Changes nothing.

import type { Step } from '../plan/step.ts';
import { formatTable } from '../view/table.ts';
import type { CommandContext } from '../cli/command-context.ts';
import { noOpCheck } from '../no-op/no-op-check.ts';
import { baseOptions, type CommandSpec } from '../cli/option-spec.ts';
import { orphanOptions } from './orphan-rule.ts';
import { noOpCheckOptions, sessionOptions } from '../cli/session-options.ts';

export const planSpec: CommandSpec = {
  name: 'plan',
  summary: 'Shows what `up` would do and why. Changes nothing.',
  options: {
    ...baseOptions,
    ...sessionOptions,
    ...orphanOptions,
    ...noOpCheckOptions,
    all: { type: 'flag', description: 'shows what needs nothing, too' },
  },
};

export async function plan(context: CommandContext): Promise<number> {
  const seen = await noOpCheck(context);
  // Late: where nothing is to do, nothing that makes something is needed.
  const steps = seen?.steps ?? (await (await import('./open-and-plan.ts')).openAndPlan(context));
  const todo = new Set(steps.filter((step) => step.action === 'do').map((step) => step.id));
  const waitsFor = ({ needs }: Step): string[] => needs.filter((need) => todo.has(need));
  if (context.options.flags.has('json')) {
    for (const step of steps) {
      context.print(
        JSON.stringify({ ...step, verdict: verdictOf(step, waitsFor(step)), waitsFor: waitsFor(step) }),
      );
    }
    return 0;
  }
  const shown = context.options.flags.has('all') ? steps : steps.filter((step) => todo.has(step.id));
  if (shown.length > 0) {
    context.print(
      formatTable({
        head: ['STEP', 'VERDICT', 'REASON', 'WAITS FOR'],
        rows: shown.map((step) => {
          const held = waitsFor(step);
          return [step.id, verdictOf(step, held), step.reason, held.join(', ')];
        }),
      }),
    );
  }
  const right = steps.length - todo.size;
  context.print(
    todo.size === 0
      ? `Nothing to do: all ${right} are right.`
      : `${todo.size} to do, ${right} right already.`,
  );
  return 0;
}

/** 'held': it has to be done, and something that has to be done comes first. */
function verdictOf({ action }: Step, waitsFor: readonly string[]): 'do' | 'skip' | 'held' {
  return action === 'do' && waitsFor.length > 0 ? 'held' : action;
}
