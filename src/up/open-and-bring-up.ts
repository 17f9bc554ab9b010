// The long way of `up`: works out what is wanted, does what is missing, and keeps what the next no-op check needs.

import { markUsed } from '../prune/mark-used.ts';
import { bringUp } from './bring-up.ts';
import type { CommandContext } from '../cli/command-context.ts';
import { openSession } from '../cli/wiring/open-session.ts';
import { rememberDesiredState } from '../no-op/remember-desired-state.ts';

export async function openAndBringUp(context: CommandContext, startedAt: number): Promise<void> {
  const openedAtMs = Date.now();
  await using session = await openSession(context, { lockedFor: 'up', engine: 'ensure' });
  await bringUp(context, session, { command: 'up', startedAt });
  const { artifacts } = session.tools.run.desired;
  await markUsed(
    artifacts.filter(({ form }) => form === 'file').map(({ location }) => location),
    new Date(),
  );
  // What cannot be kept (a disk that is full, nodes whose files are out of reach) makes the next run longer, not this
  // one wrong.
  const why = await rememberDesiredState(context, session, openedAtMs).catch((error: unknown) => {
    context.signal.throwIfAborted();
    return error instanceof Error ? error.message : String(error);
  });
  if (why !== undefined && context.options.flags.has('verbose'))
    context.emit({
      type: 'note',
      level: 'info',
      text: `nothing is kept for a quick answer next time: ${why}`,
    });
}
