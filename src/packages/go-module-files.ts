// An artifact made of files that ship in the zip of a Go module: charts, templates, scripts.

import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Failure } from '../failure.ts';
import type { Task } from '../task.ts';
import type { Artifact } from './artifact.ts';
import { cachedArtifact } from './cached-artifact.ts';
import { fingerprintOf } from './content-fingerprint.ts';
import type { Workshop } from './workshop.ts';
import { applyTextEdits, type TextEdit } from './text-edit.ts';

export interface GoModuleFilesRecipe {
  readonly id: string;
  readonly title: string;
  /** Absolute path of a folder whose go.mod and go.sum pin the module. */
  readonly moduleFolder: string;
  /** Module path, without version. */
  readonly module: string;
  /** Files or folders of the module, and where they go below the artifact's location. */
  readonly files: readonly { readonly from: string; readonly to: string }[];
  /** Edits by path below the artifact's location. */
  readonly edits?: Readonly<Record<string, readonly TextEdit[]>>;
}

/** Files of a Go module, edited; `location` is the folder that holds them. */
export async function goModuleFiles(workshop: Workshop, recipe: GoModuleFilesRecipe): Promise<Artifact> {
  const fingerprint = fingerprintOf(
    'go-module-files 1',
    await readFile(join(recipe.moduleFolder, 'go.mod'), 'utf8'),
    recipe.module,
    recipe.files,
    Object.entries(recipe.edits ?? {}).map(([path, edits]) => [
      path,
      edits.map(({ find, replace, times }) => [String(find), replace, times]),
    ]),
  );
  const { id, title } = recipe;
  return cachedArtifact(workshop, {
    id,
    title,
    fingerprint,
    fill: (folder, task) => copyFiles(workshop, recipe, folder, task),
  });
}

async function copyFiles(
  workshop: Workshop,
  recipe: GoModuleFilesRecipe,
  folder: string,
  task: Task,
): Promise<void> {
  const moduleRoot = await fetchModule(workshop, recipe, task);
  for (const { from, to } of recipe.files) {
    task.report({ text: `copying ${from}` });
    await mkdir(dirname(join(folder, to)), { recursive: true });
    await cp(join(moduleRoot, from), join(folder, to), { recursive: true });
    task.signal.throwIfAborted();
  }
  // Go keeps its module cache read-only; a copy with those modes could be neither edited nor removed.
  await workshop.commands.run({ program: 'chmod', args: ['-R', 'u+w', folder], signal: task.signal });
  for (const [path, edits] of Object.entries(recipe.edits ?? {})) {
    const text = await readFile(join(folder, path), 'utf8');
    await writeFile(join(folder, path), applyTextEdits(`${path} of ${recipe.module}`, text, edits));
  }
}

// The version comes from go.mod and the content is checked against go.sum.
async function fetchModule(workshop: Workshop, recipe: GoModuleFilesRecipe, task: Task): Promise<string> {
  task.report({ text: `downloading ${recipe.module}` });
  const { stdout } = await workshop.commands
    .run({
      program: 'go',
      args: ['mod', 'download', '-json', recipe.module],
      cwd: recipe.moduleFolder,
      env: { GOFLAGS: '', GOWORK: 'off' },
      signal: task.signal,
    })
    .catch((error: unknown) => {
      if (!(error instanceof Failure) || error.code !== 'command') throw error;
      throw new Failure('download', `the Go module ${recipe.module} could not be obtained`, {
        cause: error,
        details: [error.message, ...error.details],
      });
    });
  const { Dir: moduleRoot } = JSON.parse(stdout) as { Dir?: string };
  if (moduleRoot === undefined) {
    throw new Failure('download', `go says nothing about where the module ${recipe.module} is`, {
      details: stdout.split('\n'),
    });
  }
  return moduleRoot;
}
