import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ArtifactCache } from '../../../src/packages/artifact-cache.ts';
import { chooseHelm, chooseKind, type ChosenTool } from '../../../src/tools/choose-tools.ts';
import { observeGoToolchain } from '../../../src/packages/go-toolchain.ts';
import { observeTool } from '../../../src/tools/observe-tools.ts';
import { ProgramAnswers } from '../../fakes/program-answers.ts';

const { signal } = new AbortController();
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tools-'));
  await mkdir(join(folder, 'kind', 'cli'), { recursive: true });
  await writeFile(join(folder, 'kind', 'cli', 'go.mod'), 'module x\n');
});
afterEach(() => rm(folder, { recursive: true }));

const fit = { kind: 'kind v0.30.0 go1.24', helm: 'v3.14.0', go: 'go1.26.8' };

/** @param versions what each program on PATH prints */
async function choose(
  versions: Readonly<Record<string, string>>,
  platform = 'linux/amd64',
): Promise<{ kind: () => Promise<ChosenTool>; helm: () => Promise<ChosenTool>; asked: readonly string[] }> {
  const commands = new ProgramAnswers(Object.keys(versions));
  for (const [name, output] of Object.entries(versions)) commands.answer(`/fake/bin/${name}`, output);
  commands.answer('go env', `go1.26.8\n${platform.replace('/', '\n')}`);
  const bench = { cache: new ArtifactCache(join(folder, 'cache')), commands };
  const choice = {
    commands,
    projectFolder: folder,
    workbench: async () => ({ ...bench, ...(await observeGoToolchain(commands, signal)) }),
    registryWorkbench: async () => ({ ...bench, goVersion: 'none', platform }),
  };
  return {
    kind: () => chooseKind(choice, signal),
    helm: () => chooseHelm(choice, signal),
    asked: commands.calls,
  };
}

test('with kind and helm on PATH nothing is made, and neither Go nor kubectl is looked at', async () => {
  const { kind, helm, asked } = await choose({ kind: fit.kind, helm: fit.helm });
  const found = { name: 'kind', path: '/fake/bin/kind', version: '0.30.0', source: 'path' };
  expect(await kind()).toEqual({ ...found, artifact: undefined });
  expect((await helm()).artifact).toBeUndefined();
  expect(asked).toEqual(['/fake/bin/kind version', "/fake/bin/helm version --template '{{.Version}}'"]);
});

test('what is too old or absent is made', async () => {
  const { kind, helm } = await choose({ kind: 'kind v0.29.0', go: fit.go });
  const made = await kind();
  expect(made.artifact?.id).toBe('kind-cli');
  expect(made.path).toBe(join(made.artifact?.location ?? '', 'kind'));
  expect(await helm()).toMatchObject({ version: '4.1.4', source: 'package', artifact: { id: 'helm' } });
});

test('helm out of its package needs no Go', async () => {
  const { helm } = await choose({ kind: fit.kind });
  expect((await helm()).artifact?.id).toBe('helm');
});

test('helm alone is to be had where kind is not: `down` and `check` run no kind', async () => {
  const { helm, asked } = await choose({ helm: fit.helm });
  expect((await helm()).path).toBe('/fake/bin/helm');
  expect(asked.join()).not.toContain('kind');
});

test('where no package ships helm it is compiled', async () => {
  const { helm } = await choose({ go: fit.go }, 'linux/arm64');
  expect((await helm()).artifact?.id).toBe('helm-cli');
});

test('a kind that must be compiled without Go is a Failure that names both', async () => {
  await expect((await choose({ helm: fit.helm })).kind()).rejects.toMatchObject({
    code: 'prerequisite',
    message: expect.stringContaining('kind is not on PATH, and it cannot be compiled: go is not on PATH'),
    hint: 'Install kind 0.30.0 or newer, or Go to compile it.',
  });
});

test('a Go that is too old to fetch what modules ask for is told before it fails', async () => {
  await expect((await choose({ go: 'go version go1.19.8 linux/amd64' })).kind()).rejects.toMatchObject({
    code: 'prerequisite',
    message: expect.stringContaining('/fake/bin/go is 1.19.8, older than 1.21.0'),
  });
});

test('a program that fails when it is asked for its version is not used', async () => {
  const commands = new ProgramAnswers(['kind']).answer('/fake/bin/kind version', { exitCode: 126 });
  expect(await observeTool(commands, 'kind', signal)).toEqual({
    tool: undefined,
    unfit: '/fake/bin/kind version failed with exit code 126',
  });
});
