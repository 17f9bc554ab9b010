import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { TestTally } from '../../support/test-tally.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-tally-'));
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs a real vitest on one file and gives what the reporter counted. */
async function tallyOf(
  tests: string,
  options: { hasNameFilter: boolean; name?: string },
): Promise<TestTally> {
  writeFileSync(
    join(folder, 'x.test.ts'),
    `import { beforeAll, describe, expect, test } from 'vitest';\n${tests}`,
  );
  writeFileSync(
    join(folder, 'run.ts'),
    `import { startVitest } from 'vitest/node';
     import { TallyReporter } from '${resolve('test/support/tally-reporter.ts')}';
     const tally = new TallyReporter(${JSON.stringify(options)});
     const vitest = await startVitest('test', [], { root: '${folder}', config: false, run: true, watch: false,
       reporters: [tally], testNamePattern: ${JSON.stringify(options.name)} });
     await vitest.close();
     process.stdout.write(JSON.stringify(tally.tally));
     process.exitCode = 0;`,
  );
  const { stdout } = await promisify(execFile)(process.execPath, [join(folder, 'run.ts')], { cwd: folder });
  return JSON.parse(stdout) as TestTally;
}

describe('TallyReporter', () => {
  test('counts what passes and fails, and a skip with its reason', async () => {
    const tally = await tallyOf(
      `test('good', () => expect(1).toBe(1));
       describe('group', () => test('bad', () => expect(1).toBe(2)));
       test('absent', (context) => context.skip('no engine here'));`,
      { hasNameFilter: false },
    );
    expect(tally.passed).toBe(1);
    expect(tally.failed).toEqual([expect.stringMatching(/x\.test\.ts > group > bad$/)]);
    expect(tally.skipped).toEqual([
      { title: expect.stringMatching(/> absent$/) as string, reason: 'no engine here' },
    ]);
  });

  test('counts as failures what else would pass unseen', async () => {
    const tally = await tallyOf(
      `test.skip('silent', () => expect(1).toBe(1));
       describe('broken', () => {
         beforeAll(() => { throw new Error('x'); });
         test('never ran', () => expect(1).toBe(1));
       });
       test('loose end', () => { setTimeout(() => { throw new Error('late'); }, 1); expect(1).toBe(1); });
       test('waits', async () => { await new Promise((r) => setTimeout(r, 50)); expect(1).toBe(1); });`,
      { hasNameFilter: false },
    );
    expect(tally.failed).toEqual([
      expect.stringMatching(/> broken: set-up or clean-up$/),
      expect.stringMatching(/> silent: skipped without a reason$/),
      'outside of any test: late',
    ]);
    expect(tally.skipped).toEqual([
      { title: expect.stringMatching(/> never ran$/) as string, reason: 'its set-up failed' },
    ]);
  });

  test('counts a file that does not load as a failure', async () => {
    const tally = await tallyOf(`throw new Error('x');`, { hasNameFilter: false });
    expect(tally).toEqual({
      passed: 0,
      failed: [expect.stringMatching(/x\.test\.ts: does not load$/)],
      skipped: [],
    });
  });

  test('does not count what a filter on names leaves out', async () => {
    const tests = `test('one', () => expect(1).toBe(1)); test('two', () => expect(1).toBe(1));`;
    expect(await tallyOf(tests, { hasNameFilter: true, name: 'one' })).toEqual({
      passed: 1,
      failed: [],
      skipped: [],
    });
  });
});
