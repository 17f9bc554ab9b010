// npm run bench

import { bench, benchSpec } from '../test/support/bench/bench-command.ts';
import { runCommand } from '../src/cli/run-command.ts';

await runCommand(benchSpec, bench);
