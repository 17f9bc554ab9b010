// npm run check

import { check, checkSpec } from '../src/policy/check-command.ts';
import { runCommand } from '../src/cli/run-command.ts';

await runCommand(checkSpec, check);
