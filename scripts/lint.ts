// npm run lint: format, lint and types, in seconds.

import { runStaticChecks } from '../test/support/static-checks.ts';
import { closingLine } from '../test/support/test-tally.ts';
import { listenForStop } from '../src/cli/stop-signals.ts';
import { ZxCommandRunner } from '../src/process/zx-command-runner.ts';
import { exitCodeOf } from '../src/exit-codes.ts';
import { printFailure } from '../src/view/print-failure.ts';

const stop = listenForStop(() => process.exit(130));
const print = (line: string): boolean => process.stdout.write(`${line}\n`);
try {
  const tally = await runStaticChecks({
    runner: new ZxCommandRunner({ env: process.env, quietMs: Infinity }),
    projectFolder: process.cwd(),
    signal: stop.signal,
    print,
  });
  print(closingLine(tally));
  process.exitCode = tally.failed.length === 0 ? 0 : 1;
} catch (error) {
  printFailure(error, process.stderr, { colors: process.stderr.isTTY });
  process.exitCode = exitCodeOf(error);
} finally {
  stop.dispose();
}
