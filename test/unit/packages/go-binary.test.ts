import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Command } from '../../../src/process/command-runner.ts';
import type { Progress } from '../../../src/task.ts';
import { ArtifactCache } from '../../../src/packages/artifact-cache.ts';
import { goBinary, type GoBinaryRecipe } from '../../../src/packages/go-binary.ts';
import { ProgramAnswers } from '../../fakes/program-answers.ts';

const signal = new AbortController().signal;
let folder: string;
let commands: ProgramAnswers;
let recipe: GoBinaryRecipe;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'go-'));
  await mkdir(join(folder, 'module'));
  await writeFile(join(folder, 'module', 'go.mod'), 'module a.test/x\n');
  await writeFile(join(folder, 'module', 'main_test.go'), 'package main\n');
  commands = new ProgramAnswers(['go']);
  recipe = {
    id: 'tool',
    title: 'Tool 1.0',
    moduleFolder: join(folder, 'module'),
    packages: [{ path: './cmd/x', output: 'tool' }],
  };
});
afterEach(() => rm(folder, { recursive: true }));

const bench = (goVersion = 'go1.26.8', platform = 'linux/amd64') => ({
  cache: new ArtifactCache(join(folder, 'cache')),
  commands,
  goVersion,
  platform,
});

/** go list, and a go build that prints the packages and writes the program. */
function goKnows(list: string, printed: string, program = 'x'): void {
  commands.answer('go list', list).answer('go build', async (command: Command) => {
    const stage = command.args[command.args.indexOf('-o') + 1] ?? '';
    await writeFile(join(stage, program), 'binary');
    return printed;
  });
}

test('is compiled read-only, static, with its own names, and shows packages done of packages to compile', async () => {
  const list = [
    'fmt\tfalse\tfmt\t\t',
    'a.test/y\ttrue\ty\t\t',
    'a.test/x/cmd/x\ttrue\tmain\t./cmd/x\t/go/bin/x',
  ];
  goKnows(list.join('\n'), 'a.test/y\nunrelated line\na.test/x/cmd/x\n');
  const shown: Progress[] = [];
  const artifact = await goBinary(bench(), { ...recipe, tags: ['netgo'], ldflags: '-s -w' });
  expect(await artifact.isPresent(signal)).toBe(false);
  await artifact.make({ signal, report: (progress) => shown.push(progress) });
  expect(await artifact.isPresent(signal)).toBe(true);
  expect(await readFile(join(artifact.location, 'tool'), 'utf8')).toBe('binary');
  const counted = shown
    .filter(({ total }) => total !== undefined)
    .map(({ text, done, total }) => [text, done, total]);
  expect(counted).toEqual([
    ['compiling', 0, 2],
    ['compiling a.test/y', 1, 2],
    ['linking', 2, 2],
  ]);
  expect(commands.calls[1]).toMatch(
    /^go build -mod=readonly -trimpath -buildvcs=false -tags netgo -v -ldflags '-s -w' -o \S+\/stage\/ -- \.\/cmd\/x$/,
  );
});

test('the fingerprint follows sources, flags, Go and platform, and not tests', async () => {
  const fingerprint = async (...args: Parameters<typeof bench>) =>
    (await goBinary(bench(...args), recipe)).fingerprint;
  const first = await fingerprint();
  await writeFile(join(folder, 'module', 'main_test.go'), 'package main // changed\n');
  expect(await fingerprint()).toBe(first);
  const others = [await fingerprint('go1.26.9'), await fingerprint('go1.26.8', 'linux/arm64')];
  others.push((await goBinary(bench(), { ...recipe, cgo: true })).fingerprint);
  await writeFile(join(folder, 'module', 'go.mod'), 'module a.test/x2\n');
  others.push(await fingerprint());
  expect(new Set([first, ...others]).size).toBe(5);
});

test('modules that cannot be had and code that does not compile are told apart', async () => {
  commands.answer('go list', { exitCode: 1, stderr: 'no such host' });
  const artifact = await goBinary(bench(), recipe);
  const make = () => artifact.make({ signal, report: () => {} });
  await expect(make()).rejects.toMatchObject({
    code: 'download',
    details: expect.arrayContaining(['no such host']),
  });
  goKnows('a.test/x/cmd/x\ttrue\tmain\t./cmd/x\t', '');
  commands.answer('go build', { exitCode: 1, stderr: 'undefined: y' });
  await expect(make()).rejects.toMatchObject({
    code: 'build',
    details: expect.arrayContaining(['undefined: y']),
  });
  expect(await artifact.isPresent(signal)).toBe(false);
});
