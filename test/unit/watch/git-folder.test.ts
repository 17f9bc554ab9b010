import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findGitFolder } from '../../../src/watch/git-lock.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'git-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('the folder .git above is found from below', async () => {
  await mkdir(join(folder, '.git'));
  await mkdir(join(folder, 'a', 'b'), { recursive: true });
  expect(await findGitFolder(join(folder, 'a', 'b'))).toBe(join(folder, '.git'));
});

test.each([
  ['a linked worktree, by its absolute path', '/main/.git/worktrees/side', '/main/.git/worktrees/side'],
  ['a submodule, by its path from there', '../.git/modules/part', undefined],
])('%s', async (_, named, expected) => {
  const tree = join(folder, 'tree');
  await mkdir(tree);
  await writeFile(join(tree, '.git'), `gitdir: ${named}\n`);
  expect(await findGitFolder(tree)).toBe(expected ?? join(folder, '.git/modules/part'));
});

test('a file .git that names nothing is no tree of git', async () => {
  await writeFile(join(folder, '.git'), 'hello\n');
  expect(await findGitFolder(folder)).toBeUndefined();
});
