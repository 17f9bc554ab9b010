// Does what `up` does in a session that is open.

import { runPlan } from '../run/run-plan.ts';
import { planUp } from '../plan/plan-up.ts';
import { reviveCluster } from '../cluster/ensure-cluster.ts';
import { recordMaking, settleJournal } from '../run/journalled.ts';
import { observeState } from './observe-state.ts';
import { performUp } from './perform-up.ts';
import { exitCodeOf } from '../exit-codes.ts';
import type { CommandContext } from '../cli/command-context.ts';
import { describeAccess } from './describe-access.ts';
import { certificateIn } from '../state/state-folders.ts';
import type { Session } from '../cli/wiring/open-session.ts';
import { mayRemoveData, orphanRule, tellKeptOrphans } from './orphan-rule.ts';
import { emitEnd, emitStart, noteProgress } from '../run/run-events.ts';

/** Observes, plans, does what is missing, and says where everything is. */
export async function bringUp(
  context: CommandContext,
  { tools, place, limits }: Session,
  { command, startedAt }: { readonly command: string; readonly startedAt: number },
): Promise<void> {
  const { signal, emit } = context;
  let observed = await observeState(tools, place.journal, signal);
  if (observed.cluster === 'stopped' || observed.cluster === 'waking') {
    // What is in it can be known only when it is back: then the least is done.
    await reviveCluster(tools, { signal, report: noteProgress(emit, `cluster ${tools.run.clusterName}`) });
    observed = await observeState(tools, place.journal, signal);
  }
  let steps = planUp(tools.run.desired, observed, orphanRule(context));
  if (await mayRemoveData(context, steps)) steps = planUp(tools.run.desired, observed, 'remove');
  emitStart(context, command, tools.run.name, steps);
  tellKeptOrphans(context, steps);
  const isIdle = steps.every((step) => step.action === 'skip');
  try {
    await settleJournal(place.journal, steps, observed, tools.run.environment.cluster);
    const perform = recordMaking(place.journal, performUp(tools));
    await runPlan(steps, { perform, limits, signal, emit });
    await place.journal.compact();
  } catch (error) {
    emitEnd(context, exitCodeOf(error) === 130 ? 'interrupted' : 'failed', startedAt);
    throw error;
  }
  const access = describeAccess(tools.run, certificateIn(context.folders));
  emitEnd(context, isIdle ? 'nothing-to-do' : 'done', startedAt, access);
}
