// npm run status

import { status, statusSpec } from './command/status-command.ts';
import { runCommand } from './command/run-command.ts';

await runCommand(statusSpec, status);
