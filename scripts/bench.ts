// npm run bench

import { bench, benchSpec } from '../test/support/bench/bench-command.ts';
import { runCommand } from './command/run-command.ts';

await runCommand(benchSpec, bench);
