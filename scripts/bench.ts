// npm run bench

import { bench, benchSpec } from '../test/support/bench/bench-command.ts';
import { runCommand } from '../src/cli/run-command.ts';

await runCommand({ spec: benchSpec, main: bench, argv: process.argv.slice(2), caller: 'npm' });
