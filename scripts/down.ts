// npm run down

import { down, downSpec } from './command/down-command.ts';
import { runCommand } from './command/run-command.ts';

await runCommand(downSpec, down);
