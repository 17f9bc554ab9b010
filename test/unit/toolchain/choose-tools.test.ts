import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ArtifactCache } from '../../../scripts/toolchain/artifact-cache.ts';
import { chooseTools, type ChosenTools } from '../../../scripts/toolchain/choose-tools.ts';
import { observeTools } from '../../../scripts/toolchain/observe-tools.ts';
import { ProgramAnswers } from '../../fakes/program-answers.ts';

const { signal } = new AbortController();
const kubernetes = { major: 1, minor: 34, patch: 4 };
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tools-'));
  await mkdir(join(folder, 'kind', 'cli'), { recursive: true });
  await writeFile(join(folder, 'kind', 'cli', 'go.mod'), 'module x\n');
});
afterEach(() => rm(folder, { recursive: true }));

/** @param versions what each program on PATH prints */
async function choose(
  versions: Readonly<Record<string, string>>,
  platform = 'linux/amd64',
): Promise<ChosenTools> {
  const commands = new ProgramAnswers(Object.keys(versions));
  for (const [name, output] of Object.entries(versions)) commands.answer(`/fake/bin/${name}`, output);
  return chooseTools({
    projectFolder: folder,
    observed: await observeTools(commands, kubernetes, signal),
    workbench: async () => ({
      cache: new ArtifactCache(join(folder, 'cache')),
      commands,
      goVersion: 'go1.26',
      platform,
    }),
  });
}

const fit = {
  kind: 'kind v0.30.0 go1.24',
  helm: 'v3.14.0',
  kubectl: 'Client Version: v1.35.0',
  go: 'go1.26.8',
};

test('programs on PATH that are new enough are used, and nothing has to be made', async () => {
  const tools = await choose(fit);
  expect(tools.artifacts).toEqual([]);
  expect(tools.kind).toEqual({ name: 'kind', path: '/fake/bin/kind', version: '0.30.0', source: 'path' });
});

test('what is too old, out of skew or absent is made; helm and kubectl come out of one package', async () => {
  const tools = await choose({
    kind: 'kind v0.29.0',
    kubectl: 'Client Version: v1.32.4-dispatcher',
    go: 'go1.26.8',
  });
  expect(tools.artifacts.map(({ id }) => id)).toEqual(['kind-cli', 'helm-kubectl']);
  expect(tools.kind.path).toBe(join(tools.artifacts[0]?.location ?? '', 'kind'));
  expect(tools.helm.path).toBe(join(tools.artifacts[1]?.location ?? '', 'helm'));
  expect(tools.kubectl).toMatchObject({ version: '1.35.2', source: 'package' });
});

test('where no package ships helm it is compiled, and kubectl is done without', async () => {
  const tools = await choose({ kind: fit.kind, go: fit.go }, 'linux/arm64');
  expect(tools.artifacts.map(({ id }) => id)).toEqual(['helm-cli']);
  expect(tools.kubectl).toBeUndefined();
});

test('a kind that must be compiled without Go is a Failure that names both', async () => {
  await expect(choose({ helm: fit.helm, kubectl: fit.kubectl })).rejects.toMatchObject({
    code: 'prerequisite',
    message: 'kind is not on PATH, and it cannot be compiled: go is not on PATH',
  });
});

test('a program that fails when it is asked for its version is not used', async () => {
  const commands = new ProgramAnswers(['kind']).answer('/fake/bin/kind version', { exitCode: 126 });
  const { kind } = await observeTools(commands, kubernetes, signal);
  expect(kind).toEqual({ tool: undefined, unfit: '/fake/bin/kind version failed with exit code 126' });
});
