import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isHelmIgnored, parseHelmIgnore } from '../../../../src/releases/chart/helm-ignore.ts';
import { failureOf } from '../../../support/failure-of.ts';
import { HelmBench, spec } from '../helm/helm-bench.ts';

const signal = new AbortController().signal;
let chart: string;
beforeEach(async () => {
  chart = await mkdtemp(join(tmpdir(), 'slipway-chart-'));
});
afterEach(() => rm(chart, { recursive: true }));

async function write(path: string, sizeBytes: number): Promise<void> {
  await mkdir(dirname(join(chart, path)), { recursive: true });
  await writeFile(join(chart, path), 'x'.repeat(sizeBytes));
}

describe('a release that is too large for helm', () => {
  test.each([
    'Error: UPGRADE FAILED: create: failed to create: Secret "sh.helm.release.v1.web.v2" is invalid: data: Too long: may not be more than 1048576 bytes',
    'Error: create: failed to create: Secret "sh.helm.release.v1.web.v1" is invalid: data: Too long: must have at most 1048576 bytes',
    'Error: create: failed to create: Request entity too large: limit is 3145728',
    'Error: chart file "dump.sql" is larger than the maximum file size 5242880',
    'Error: rpc error: code = ResourceExhausted desc = trying to send message larger than max (2634283 vs. 2097152)',
  ])('is told with its large files and .helmignore: %s', async (stderr) => {
    await write('Chart.yaml', 100);
    await write('dumps/dump.sql', 3_000_000);
    await write('node_modules/x.js', 900_000);
    await write('notes.md', 30_000);
    await writeFile(join(chart, '.helmignore'), '# packages\nnode_modules/\n');
    const { helm } = new HelmBench().helmThat(
      { argv: ['helm', 'version', '--short'], stdout: 'v3.19.0' },
      { argv: [/.*/, ...Array.from({ length: 16 }, () => /.*/)], stderr, exitCode: 1 },
    );
    const failure = await failureOf(helm.apply({ ...spec, chart }, { labels: {}, signal }));
    expect(failure.code).toBe('chart');
    expect(failure.message).toBe('cannot install release web: it is too large for helm');
    expect(failure.details).toEqual([
      ` 3.0 MB  ${join(chart, 'dumps/dump.sql')}`,
      `  30 kB  ${join(chart, 'notes.md')}`,
      expect.stringMatching(/\d{7}/),
    ]);
    expect(failure.hint).toContain(`${join(chart, '.helmignore')}, a pattern to a line: dumps/dump.sql`);
  });

  test('whose files are small renders too much', async () => {
    const stderr = 'Error: ConfigMap "all" is invalid: []: Too long: must have at most 1048576 bytes';
    const { helm } = new HelmBench().helmThat({
      argv: [/.*/, ...Array.from({ length: 8 }, () => /.*/)],
      stderr,
      exitCode: 1,
    });
    const failure = await failureOf(helm.render({ ...spec, chart }, signal));
    expect(failure.hint).toContain('split it into several charts');
  });
});

test.each([
  ['*.sql', 'dumps/a.sql', false, true],
  ['*.sql', 'a.sql.txt', false, false],
  ['dumps/', 'dumps', true, true],
  ['dumps/', 'dumps', false, false],
  ['/a.txt', 'a.txt', false, true],
  ['/a.txt', 'b/a.txt', false, false],
  ['a/*.txt', 'a/b.txt', false, true],
  ['a/*.txt', 'a/b/c.txt', false, false],
  ['!keep.txt', 'other.txt', false, true],
  ['!keep.txt', 'keep.txt', false, false],
  ['a?c', 'abc', false, true],
  ['a[0-9]', 'a7', false, true],
  ['a[^0-9]', 'a7', false, false],
  ['a+b', 'a+b', false, true],
  ['# x', '# x', false, false],
  ['', 'templates/.swp', false, true],
])('.helmignore of %s: %s', (text, path, isFolder, expected) => {
  expect(isHelmIgnored(parseHelmIgnore(text), path, isFolder)).toBe(expected);
});
