import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Command } from '../../../src/process/command-runner.ts';
import { ArtifactCache } from '../../../src/packages/artifact-cache.ts';
import { debianTree, type DebianTreeRecipe } from '../../../src/packages/debian-tree.ts';
import { ProgramAnswers } from '../../fakes/program-answers.ts';

const task = { signal: new AbortController().signal, report: () => {} };
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tree-'));
  await mkdir(join(folder, 'overlay', 'etc'), { recursive: true });
  await writeFile(join(folder, 'overlay', 'etc', 'x'), 'x');
});
afterEach(() => rm(folder, { recursive: true }));

function tree(commands: ProgramAnswers, change: Partial<DebianTreeRecipe> = {}) {
  const bench = {
    cache: new ArtifactCache(join(folder, 'cache')),
    commands,
    goVersion: '',
    platform: 'linux/amd64',
  };
  return debianTree(bench, {
    id: 'tree',
    title: 'Tree',
    suite: 'bookworm',
    packages: ['socat', 'jq'],
    ...change,
  });
}

test('hooks lay the overlay over the tree, then set it up, then remove', async () => {
  const hooks: string[] = [];
  const commands = new ProgramAnswers(['mmdebstrap'])
    .answer('tar', '')
    .answer('mmdebstrap', async (command: Command) => {
      hooks.push(...command.args.filter((arg) => arg.startsWith('--customize-hook=')));
      const target = command.args.find((arg) => arg.endsWith('rootfs.tar')) ?? '';
      await writeFile(target, 'tar');
      return '';
    });
  const artifact = await tree(commands, {
    overlayFolder: join(folder, 'overlay'),
    setup: [`echo "it's $HOME" > /etc/y`],
    remove: ['usr/share/perl*'],
  });
  await artifact.make(task);
  expect(await readFile(artifact.location, 'utf8')).toBe('tar');
  expect(hooks[0]).toMatch(/^--customize-hook=tar-in \S+overlay\.tar \/$/);
  expect(hooks[1]).toBe(`--customize-hook=chroot "$1" /bin/sh -euc 'echo "it'\\''s $HOME" > /etc/y'`);
  expect(hooks.at(-1)).toMatch(/rm -rf .*usr\/share\/perl\*$/);
  expect(commands.calls.at(-1)).toContain('--include=socat,jq');
  expect(await artifact.isPresent(task.signal)).toBe(true);
});

test('the fingerprint follows packages and overlay', async () => {
  const commands = new ProgramAnswers();
  const overlayFolder = join(folder, 'overlay');
  const prints = [
    await tree(commands),
    await tree(commands, { packages: ['socat'] }),
    await tree(commands, { overlayFolder }),
  ];
  await writeFile(join(overlayFolder, 'etc', 'x'), 'y');
  prints.push(await tree(commands, { overlayFolder }));
  expect(new Set(prints.map(({ fingerprint }) => fingerprint)).size).toBe(4);
});

test('without mmdebstrap it is a Failure with the command that installs it', async () => {
  const artifact = await tree(new ProgramAnswers());
  await expect(artifact.make(task)).rejects.toMatchObject({
    code: 'prerequisite',
    hint: expect.stringContaining('mmdebstrap'),
  });
});

test.each(['/etc', '../x', 'a/../b', 'a;b', '$(x)', '-rf'])('%j is no glob of a tree', async (glob) => {
  await expect(tree(new ProgramAnswers(), { remove: [glob] })).rejects.toThrow('is not a glob');
});
