// npm run up

import { up, upSpec } from './command/up-command.ts';
import { runCommand } from './command/run-command.ts';

await runCommand(upSpec, up);
