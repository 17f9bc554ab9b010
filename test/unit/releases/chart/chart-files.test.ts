import { mkdir, mkdtemp, realpath, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { chartContent, listChart } from '../../../../src/releases/chart/chart-files.ts';

let folder: string;
let chart: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'slipway-chart-')));
  chart = join(folder, 'chart');
  await write('chart/Chart.yaml', 'name: x');
  await write('chart/templates/a.yaml', 'a');
  await write('shared/b.yaml', 'b');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
}
const content = async (): Promise<string> => (await chartContent(chart)).join('\n');

test.each([
  ['a file', 'templates/b.yaml', '../../shared/b.yaml'],
  ['a folder', 'templates/shared', '../../shared'],
  ['a link to a link', 'templates/b.yaml', '../../second'],
])('a change behind a link to %s out of the chart is seen', async (_what, link, to) => {
  await symlink('shared/b.yaml', join(folder, 'second'));
  await symlink(to, join(chart, link));
  const before = await content();
  await write('shared/b.yaml', 'other');
  expect(await content()).not.toBe(before);
});

test('a chart that is a link itself is what it leads to', async () => {
  await symlink('chart', join(folder, 'link'));
  expect(await chartContent(join(folder, 'link'))).toEqual(await chartContent(chart));
  const { targets } = await listChart(join(folder, 'link'));
  expect(targets).toEqual([{ path: chart, isFolder: true }]);
});

test('what links lead to is told, to be watched', async () => {
  await symlink('../../shared', join(chart, 'templates/shared'));
  await symlink('../shared/b.yaml', join(chart, 'values.yaml'));
  expect((await listChart(chart)).targets.toSorted((a, b) => a.path.localeCompare(b.path))).toEqual([
    { path: join(folder, 'shared'), isFolder: true },
    { path: join(folder, 'shared/b.yaml'), isFolder: false },
  ]);
});

test('a link that leads back is refused with its name, unless helm leaves it out', async () => {
  await symlink('..', join(chart, 'templates/loop'));
  await expect(content()).rejects.toMatchObject({
    code: 'chart',
    message: expect.stringContaining('templates/loop is a link to a folder that it lies in'),
  });
  await write('chart/.helmignore', 'templates/loop\n');
  expect(await content()).toContain('templates/a.yaml');
});

test('a link that leads nowhere counts, and so does what appears there', async () => {
  await symlink('../../later', join(chart, 'templates/later.yaml'));
  const before = await content();
  await write('later', 'x');
  expect(await content()).not.toBe(before);
  await unlink(join(folder, 'later'));
  expect(await content()).toBe(before);
});

test('what helm leaves out does not count', async () => {
  await write('chart/.helmignore', '*.md\n');
  const before = await content();
  await write('chart/README.md', 'x');
  await write('chart/templates/.hidden', 'x');
  expect(await content()).toBe(before);
  await write('chart/notes.txt', 'x');
  expect(await content()).not.toBe(before);
});

test('a folder that is not there is no chart', async () => {
  await expect(chartContent(join(folder, 'no'))).rejects.toMatchObject({ code: 'chart' });
});
