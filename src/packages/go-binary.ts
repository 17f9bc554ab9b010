// An artifact made by Go's compiler, out of a module folder whose go.mod and go.sum pin every dependency.

import { mkdir, rename, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../failure.ts';
import type { Task } from '../task.ts';
import type { Artifact } from './artifact.ts';
import { cachedArtifact } from './cached-artifact.ts';
import { fingerprintOf, folderContent } from './content-fingerprint.ts';
import { observeGoPackages } from './go-packages.ts';
import type { Workbench } from './workshop.ts';

/** Linking Kubernetes prints nothing, and takes a minute on idle cores. */
const QUIET_MS = 1_800_000;

export interface GoBinaryRecipe {
  readonly id: string;
  readonly title: string;
  /** Absolute path of a folder with go.mod and go.sum (and sources, where the program is ours). */
  readonly moduleFolder: string;
  /** Import paths of main packages ('.' for the folder itself) and the file names that they get. */
  readonly packages: readonly { readonly path: string; readonly output: string }[];
  readonly ldflags?: string;
  readonly tags?: readonly string[];
  /** Without it the programs are static. */
  readonly cgo?: boolean;
  /** GOGC of the compiler, percent; 400 if absent: 13 % faster where memory is plentiful. */
  readonly gcPercent?: number;
  /** Further variables for go: GOARCH, GOEXPERIMENT. They count in the fingerprint. */
  readonly goEnv?: Readonly<Record<string, string>>;
}

/** Programs compiled from Go modules; `location` is the folder that holds the outputs. */
export async function goBinary(workshop: Workbench, recipe: GoBinaryRecipe): Promise<Artifact> {
  const content = await folderContent(recipe.moduleFolder, (path) => !path.endsWith('_test.go'));
  const fingerprint = fingerprintOf(
    'go-binary 1',
    content,
    recipe.packages,
    recipe.ldflags ?? '',
    recipe.tags ?? [],
    recipe.cgo ?? false,
    recipe.goEnv ?? {},
    workshop.goVersion,
    workshop.platform,
  );
  return cachedArtifact(workshop, {
    id: recipe.id,
    title: recipe.title,
    fingerprint,
    fill: (folder, task) => compile(workshop, recipe, folder, task),
  });
}

async function compile(
  workshop: Workbench,
  recipe: GoBinaryRecipe,
  folder: string,
  task: Task,
): Promise<void> {
  const flags = ['-mod=readonly', '-trimpath', '-buildvcs=false'];
  if (recipe.tags !== undefined && recipe.tags.length > 0) flags.push('-tags', recipe.tags.join(','));
  const [os, architecture] = workshop.platform.split('/');
  const common = {
    cwd: recipe.moduleFolder,
    signal: task.signal,
    quietMs: QUIET_MS,
    env: {
      GOFLAGS: '',
      GOWORK: 'off',
      GOOS: os,
      GOARCH: architecture,
      CGO_ENABLED: recipe.cgo ? '1' : '0',
      GOGC: String(recipe.gcPercent ?? 400),
      ...recipe.goEnv,
    },
  };

  task.report({ text: 'resolving modules' });
  let downloads = 0;
  const onDownload = (line: string): void => {
    const module = /^go: downloading (\S+)/.exec(line)?.[1];
    if (module !== undefined) {
      task.report({ text: `downloading ${module}`, done: ++downloads, unit: 'modules' });
    }
  };
  const paths = recipe.packages.map((entry) => entry.path);
  const { programs, toCompile } = await observeGoPackages(
    workshop.commands,
    { ...common, onLine: onDownload },
    flags,
    paths,
  ).catch((error: unknown) => {
    throw asFailure(error, 'download', `the modules of ${recipe.title} could not be obtained`);
  });

  // Linking has no line of its own and comes last; where everything is in Go's cache, it is all there is.
  let done = 0;
  const pending = new Set(toCompile);
  const total = pending.size;
  const onCompiled = (line: string): void => {
    // `-v` prints the import path of each package that it compiles. Whatever else it prints is not counted.
    if (!pending.delete(line)) return;
    done++;
    task.report({
      text: pending.size === 0 ? 'linking' : `compiling ${line}`,
      done,
      total,
      unit: 'packages',
    });
  };
  const stage = join(folder, 'stage');
  await mkdir(stage);
  const ldflags = recipe.ldflags === undefined ? [] : ['-ldflags', recipe.ldflags];
  const args = ['build', ...flags, '-v', ...ldflags, '-o', `${stage}/`, '--', ...paths];
  task.report(total > 0 ? { text: 'compiling', done, total, unit: 'packages' } : { text: 'linking' });
  await workshop.commands
    .run({ ...common, program: 'go', args, onLine: onCompiled })
    .catch((error: unknown) => {
      throw asFailure(error, 'build', `${recipe.title} does not compile`);
    });

  task.report({ text: 'keeping the programs' });
  for (const { path, output } of recipe.packages) {
    const program = programs.get(path);
    if (program === undefined) throw new Failure('build', `${path} of ${recipe.title} is not a main package`);
    await rename(join(stage, program), join(folder, output));
  }
  await rmdir(stage);
}

// Cancel and time-out keep their own code: nobody failed to compile.
function asFailure(error: unknown, code: 'download' | 'build', message: string): unknown {
  if (!(error instanceof Failure) || error.code !== 'command') return error;
  return new Failure(code, message, { cause: error, details: [error.message, ...error.details] });
}
