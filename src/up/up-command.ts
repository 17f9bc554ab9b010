// `slipway up`: observe, plan, do what is missing, and say where everything is.

import type { CommandContext } from '../cli/command-context.ts';
import { describeAccess } from './describe-access.ts';
import { certificateIn } from '../state/state-folders.ts';
import { noOpCheck } from '../no-op/no-op-check.ts';
import { baseOptions, type CommandSpec } from '../cli/option-spec.ts';
import { orphanOptions, tellKeptOrphans } from './orphan-rule.ts';
import { emitEnd, emitStart } from '../run/run-events.ts';
import { noOpCheckOptions, sessionOptions } from '../cli/session-options.ts';

export const upSpec: CommandSpec = {
  name: 'up',
  summary:
    'Brings the environment up: images, cluster, addons and releases. Does only what is not right yet.',
  options: {
    ...baseOptions,
    ...sessionOptions,
    ...orphanOptions,
    ...noOpCheckOptions,
    yes: { type: 'flag', description: 'installs what the machine lacks without asking' },
  },
  examples: ['slipway up', 'slipway up --env todo --yes', 'slipway up --images packages --json'],
};

export async function up(context: CommandContext): Promise<number> {
  const startedAt = performance.now();
  const seen = await noOpCheck(context);
  if (seen !== undefined) {
    const { run, steps } = seen;
    emitStart(context, 'up', run.name, steps);
    tellKeptOrphans(context, steps);
    emitEnd(context, 'nothing-to-do', startedAt, describeAccess(run, certificateIn(context.folders)));
    return 0;
  }
  // Late: where nothing is to do, nothing that makes something is needed.
  const { openAndBringUp } = await import('./open-and-bring-up.ts');
  await openAndBringUp(context, startedAt);
  return 0;
}
