// npm test: format, lint and types, then the unit, contract, integration, chaos and e2e tests, as far as this machine can.
// Ends with one plain line of counts.

import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { TestProjectName } from '../test/support/run-tests.ts';
import { runStaticChecks } from '../test/support/static-checks.ts';
import { addTallies, closingLine, emptyTally, tallyLines } from '../test/support/test-tally.ts';
import { findFolders, findHome } from '../src/state/state-folders.ts';
import { listenForStop } from '../src/cli/stop-signals.ts';
import { Failure } from '../src/failure.ts';
import { debianTreesLine, readDebianTrees } from '../src/materials/debian-trees.ts';
import { ZxCommandRunner } from '../src/process/zx-command-runner.ts';
import { ArtifactCache } from '../src/packages/artifact-cache.ts';
import { formatDuration } from '../src/view/format-duration.ts';
import { exitCodeOf } from '../src/exit-codes.ts';
import { printFailure } from '../src/view/print-failure.ts';

const HELP = `Runs the checks and tests.

Usage: npm test [-- [--unit] [--contract] [--integration] [--chaos] [--e2e] [--name <pattern>]
                   [--cases <count>] [--full] [<part of a path>...]]

Without arguments everything runs: format, lint, types, then the tests from the quickest to the slowest.
With a project or a path, only those tests run. A test that cannot run here is skipped with its reason.
--cases says how many cases generated tests try: 2000 where nothing is said.
--full lets the chaos tests kill at every boundary and try every fault, where else they take some of each kind.
`;

const project = { type: 'boolean' } as const;
const options = {
  unit: project,
  contract: project,
  integration: project,
  chaos: project,
  e2e: project,
  name: { type: 'string', short: 't' },
  cases: { type: 'string' },
  full: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

function parse(
  argv: string[],
): ReturnType<typeof parseArgs<{ options: typeof options; allowPositionals: true }>> {
  try {
    return parseArgs({ args: argv, options, allowPositionals: true });
  } catch (error) {
    throw new Failure('usage', `test: ${(error as Error).message}`, { hint: 'See npm test -- --help.' });
  }
}

async function main(signal: AbortSignal): Promise<number> {
  const print = (line: string): boolean => process.stdout.write(`${line}\n`);
  const { values, positionals } = parse(process.argv.slice(2));
  if (values.help) {
    print(HELP);
    return 0;
  }
  // vitest colours its output where CI is set, terminal or not; a log is for reading as it is.
  if (!process.stdout.isTTY && process.env['FORCE_COLOR'] === undefined) process.env['NO_COLOR'] = '1';
  if (values.cases !== undefined) process.env['SLIPWAY_TEST_CASES'] = values.cases;
  if (values.full) process.env['SLIPWAY_TEST_FULL'] = 'yes';
  const { runTests, testProjects } = await import('../test/support/run-tests.ts');
  const chosen = testProjects.filter((name) => values[name]);
  const isAll = chosen.length === 0 && positionals.length === 0 && values.name === undefined;
  const phases: string[] = [];
  let tally = emptyTally;

  async function phase(name: string, run: () => Promise<typeof tally>): Promise<void> {
    signal.throwIfAborted();
    const startedAt = performance.now();
    tally = addTallies(tally, await run());
    phases.push(`${name} ${formatDuration(performance.now() - startedAt)}`);
  }

  if (isAll) {
    const runner = new ZxCommandRunner({ env: process.env, quietMs: Infinity });
    await phase('checks', () => runStaticChecks({ runner, projectFolder: process.cwd(), signal, print }));
  }
  const projects: readonly TestProjectName[] = chosen.length > 0 ? chosen : testProjects;
  for (const name of projects) {
    await phase(name, () => runTests({ project: name, files: positionals, name: values.name, signal }));
  }
  signal.throwIfAborted();
  for (const line of tallyLines(tally)) print(line);
  if (tally.failed.length > 0 && projects.some((name) => name !== 'unit' && name !== 'contract')) {
    // What was made of them differs with the day, which may be all that differs from a run that was green.
    const cache = new ArtifactCache(
      join(findFolders(process.cwd(), process.env, findHome(process.env, homedir)).cache, 'artifacts'),
    );
    const debian = debianTreesLine(await readDebianTrees(cache, signal));
    if (debian !== undefined) print(debian);
  }
  print(`time: ${phases.join(', ')}`);
  print(closingLine(tally));
  const hasRun = tally.passed + tally.failed.length + tally.skipped.length > 0;
  if (!hasRun) throw new Failure('usage', 'test: no test matches', { hint: 'See npm test -- --help.' });
  return tally.failed.length === 0 ? 0 : 1;
}

const stop = listenForStop(() => process.exit(130));
try {
  process.exitCode = await main(stop.signal);
} catch (error) {
  printFailure(error, process.stderr, { colors: process.stderr.isTTY });
  process.exitCode = exitCodeOf(error);
} finally {
  stop.dispose();
}
