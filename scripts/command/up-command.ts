// `npm run up`: observe, plan, do what is missing, and say where everything is.

import { bringUp } from './bring-up.ts';
import type { CommandContext } from './command-context.ts';
import { openSession, sessionOptions } from './open-session.ts';
import { baseOptions, type CommandSpec } from './option-spec.ts';

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
  await bringUp(context, session, { command: 'up', startedAt });
  return 0;
}
