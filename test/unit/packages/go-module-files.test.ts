import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { goModuleFiles, type GoModuleFilesRecipe } from '../../../src/packages/go-module-files.ts';
import { Failure } from '../../../src/failure.ts';
import type { Command } from '../../../src/process/command-runner.ts';
import { ArtifactCache } from '../../../src/packages/artifact-cache.ts';
import type { Workshop } from '../../../src/packages/workshop.ts';

let folder: string;
let commands: Command[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'go-module-files-'));
  commands = [];
  await mkdir(join(folder, 'module/conf/deep'), { recursive: true });
  await mkdir(join(folder, 'pins'));
  await writeFile(join(folder, 'module/conf/deep/a.lua'), 'a');
  await writeFile(join(folder, 'module/conf/b.tmpl'), 'old');
  await writeFile(join(folder, 'pins/go.mod'), 'require example.org/m v1.0.0');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function workshopWith(download: () => string): Workshop {
  return {
    cache: new ArtifactCache(join(folder, 'cache')),
    commands: {
      find: async (program) => program,
      run: async (command) => {
        commands.push(command);
        const stdout = command.program === 'go' ? download() : '';
        return { stdout, stderr: '', durationMs: 1 };
      },
    },
    images: {} as Workshop['images'],
    goVersion: 'go1.26.8',
    platform: 'linux/amd64',
  };
}

const downloaded = (): string => JSON.stringify({ Path: 'example.org/m', Dir: join(folder, 'module') });
const task = { signal: new AbortController().signal, report: () => {} };
const edit = { purpose: 'renew', find: /old/g, replace: 'new', times: 1 };
const recipe = (over: Partial<GoModuleFilesRecipe> = {}): GoModuleFilesRecipe => ({
  id: 'm-files',
  title: 'Files of m',
  moduleFolder: join(folder, 'pins'),
  module: 'example.org/m',
  files: [{ from: 'conf', to: 'etc/conf' }],
  ...over,
});

describe('goModuleFiles', () => {
  test('copies what is asked for and makes the edits', async () => {
    const edits = { 'etc/conf/b.tmpl': [edit] };
    const artifact = await goModuleFiles(workshopWith(downloaded), recipe({ edits }));
    expect(await artifact.isPresent(task.signal)).toBe(false);
    await artifact.make(task);
    expect(await artifact.isPresent(task.signal)).toBe(true);
    expect(await readFile(join(artifact.location, 'etc/conf/deep/a.lua'), 'utf8')).toBe('a');
    expect(await readFile(join(artifact.location, 'etc/conf/b.tmpl'), 'utf8')).toBe('new');
    expect(commands[0]).toMatchObject({
      program: 'go',
      args: ['mod', 'download', '-json', 'example.org/m'],
      cwd: join(folder, 'pins'),
    });
  });

  test('leaves nothing when an edit does not fit', async () => {
    const edits = { 'etc/conf/b.tmpl': [{ ...edit, times: 2 }] };
    const artifact = await goModuleFiles(workshopWith(downloaded), recipe({ edits }));
    await expect(artifact.make(task)).rejects.toThrow(/etc\/conf\/b\.tmpl of example\.org\/m/);
    expect(await artifact.isPresent(task.signal)).toBe(false);
  });

  test('has another fingerprint when the pin, the files or an edit change, not when the title does', async () => {
    const workshop = workshopWith(downloaded);
    const fingerprint = async (over?: Partial<GoModuleFilesRecipe>): Promise<string> =>
      (await goModuleFiles(workshop, recipe(over))).fingerprint;
    const first = await fingerprint();
    expect(await fingerprint({ title: 'Other words' })).toBe(first);
    const others = [
      await fingerprint({ files: [{ from: 'conf', to: 'conf' }] }),
      await fingerprint({ edits: { 'etc/conf/b.tmpl': [edit] } }),
      await fingerprint({ edits: { 'etc/conf/b.tmpl': [{ ...edit, replace: 'newer' }] } }),
    ];
    await writeFile(join(folder, 'pins/go.mod'), 'require example.org/m v1.0.1');
    others.push(await fingerprint());
    expect(new Set([first, ...others]).size).toBe(5);
  });

  test('says that a module could not be obtained, with what go said', async () => {
    const refuse = (): never => {
      throw new Failure('command', 'go mod download failed', { details: ['not found'] });
    };
    const artifact = await goModuleFiles(workshopWith(refuse), recipe());
    await expect(artifact.make(task)).rejects.toMatchObject({
      code: 'download',
      details: ['go mod download failed', 'not found'],
    });
  });
});
