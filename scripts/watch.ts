// npm run watch

import { runCommand } from './command/run-command.ts';
import { watch, watchSpec } from './command/watch-command.ts';

await runCommand(watchSpec, watch);
