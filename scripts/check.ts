// npm run check

import { check, checkSpec } from './command/check-command.ts';
import { runCommand } from './command/run-command.ts';

await runCommand(checkSpec, check);
