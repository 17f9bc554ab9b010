// npm run logs

import { logs, logsSpec } from './command/logs-command.ts';
import { runCommand } from './command/run-command.ts';

await runCommand(logsSpec, logs);
