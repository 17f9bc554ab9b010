// Format, lint and types: each counts as one test.

import { Failure } from '../../src/failure.ts';
import type { CommandRunner } from '../../src/process/command-runner.ts';
import { formatDuration } from '../../src/view/format-duration.ts';
import { addTallies, emptyTally, type TestTally } from './test-tally.ts';

const checks = [
  { name: 'format', program: 'prettier', args: ['--check', '--log-level', 'warn', '.'] },
  { name: 'lint', program: 'oxlint', args: ['--deny-warnings'] },
  { name: 'types', program: 'tsc', args: ['--noEmit', '--project', '.'] },
];

export interface StaticCheckOptions {
  readonly runner: CommandRunner;
  readonly projectFolder: string;
  readonly signal: AbortSignal;
  readonly print: (line: string) => void;
}

/** Runs all of them, whatever the first ones say; stops only when it is interrupted. */
export async function runStaticChecks(options: StaticCheckOptions): Promise<TestTally> {
  let tally = emptyTally;
  for (const { name, program, args } of checks) {
    const lines: string[] = [];
    const startedAt = performance.now();
    const hasPassed = await options.runner
      .run({
        program: `${options.projectFolder}/node_modules/.bin/${program}`,
        args,
        cwd: options.projectFolder,
        // oxlint colours its output wherever CI is set, whatever NO_COLOR says.
        env: { CI: undefined, NO_COLOR: '1', FORCE_COLOR: undefined },
        signal: options.signal,
        onLine: (line) => lines.push(line),
      })
      .then(() => true)
      .catch((error: unknown) => {
        if (!(error instanceof Failure) || error.code === 'interrupted') throw error;
        if (lines.length === 0) lines.push(error.message);
        return false;
      });
    const duration = formatDuration(performance.now() - startedAt);
    options.print(`${hasPassed ? '✓' : '✗'} ${name} (${duration})`);
    if (!hasPassed) for (const line of lines) options.print(`  ${line}`);
    tally = addTallies(tally, hasPassed ? { ...emptyTally, passed: 1 } : { ...emptyTally, failed: [name] });
  }
  return tally;
}
