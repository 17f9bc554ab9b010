import { mkdir, mkdtemp, open, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Failure } from '../../src/failure.ts';
import { machineFailure } from '../../src/machine-failure.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'machine-'));
  await writeFile(join(folder, 'file'), '');
});
afterEach(() => rm(folder, { recursive: true }));

const path = (...names: string[]): string => join(folder, ...names);

test.each([
  [
    'a file where a folder should be',
    () => mkdir(path('file', 'in'), { recursive: true }),
    /a file lies where/,
  ],
  [
    'a file where the folder itself should be',
    () => mkdir(path('file'), { recursive: true }),
    /a file lies where/,
  ],
  ['a folder where a file should be', () => readFile(folder, 'utf8'), /a folder lies where/],
  [
    'links in a circle',
    async () => {
      await symlink(path('b'), path('a'));
      await symlink(path('a'), path('b'));
      await stat(path('a', 'in'));
    },
    /links lead in a circle/,
  ],
  ['a name that is too long', () => writeFile(path('x'.repeat(300)), ''), /too long/],
])('%s is no bug: it is told with its place and a way out', async (_, act, message) => {
  const error: unknown = await (act as () => Promise<unknown>)().catch((thrown: unknown) => thrown);
  const failure = machineFailure(error);
  expect(failure).toBeInstanceOf(Failure);
  expect(failure).toMatchObject({ code: 'state', message: expect.stringMatching(message) as string });
  expect((failure as Failure).hint).toBeTruthy();
});

test('a file that is there already, and one that is not there, are questions for whoever asked', async () => {
  const exists: unknown = await open(path('file'), 'wx').catch((thrown: unknown) => thrown);
  const absent: unknown = await readFile(path('none')).catch((thrown: unknown) => thrown);
  expect([machineFailure(exists), machineFailure(absent)]).toEqual([exists, absent]);
});
