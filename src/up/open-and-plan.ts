// The long way of `plan`: works out what is wanted, and compares.

import { planUp } from '../plan/plan-up.ts';
import type { Step } from '../plan/step.ts';
import { observeState } from './observe-state.ts';
import type { CommandContext } from '../cli/command-context.ts';
import { openSession } from '../cli/wiring/open-session.ts';
import { orphanRule } from './orphan-rule.ts';

export async function openAndPlan(context: CommandContext): Promise<Step[]> {
  await using session = await openSession(context, { engine: 'expect' });
  const { tools, place } = session;
  return planUp(
    tools.run.desired,
    await observeState(tools, place.journal, context.signal),
    orphanRule(context),
  );
}
