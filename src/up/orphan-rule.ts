// What `up` and `plan` do with releases that the config no longer names.

import type { OrphanRule } from '../plan/plan-up.ts';
import type { Step } from '../plan/step.ts';
import type { CommandContext } from '../cli/command-context.ts';
import type { OptionSpec } from '../cli/option-spec.ts';

export const orphanOptions = {
  'keep-orphans': { type: 'flag', description: 'keeps releases that the config no longer names' },
} as const satisfies Record<string, OptionSpec>;

export function orphanRule({ options }: CommandContext): OrphanRule {
  return options.flags.has('keep-orphans') ? 'keep' : 'keep-data';
}

/** Asks where data would go with them; false where nobody can be asked. */
export async function mayRemoveData(context: CommandContext, steps: readonly Step[]): Promise<boolean> {
  const kept = steps.filter(isKept);
  if (kept.length === 0 || orphanRule(context) === 'keep' || !context.isInteractive) return false;
  const reasons = kept.map(({ subject, reason }) => `release ${subject}: ${reason}`).join('; ');
  return context.confirm(`Remove them with their data? ${reasons}`);
}

/** Tells of each release that stays although the config no longer names it. */
export function tellKeptOrphans({ emit }: CommandContext, steps: readonly Step[]): void {
  for (const { subject, reason } of steps.filter(isKept))
    emit({ type: 'note', level: 'warn', text: `release ${subject}: ${reason}` });
}

function isKept({ group, action }: Step): boolean {
  return group === 'orphan' && action === 'skip';
}
