// An artifact that is an image in the engine, built from a Dockerfile and from other artifacts.

import { copyFile, link, mkdir, readdir, readlink, stat, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { removeNameless } from '../images/remove-nameless.ts';
import type { Task } from '../task.ts';
import { manifestName } from './artifact-cache.ts';
import type { Artifact } from './artifact.ts';
import { fingerprintOf, folderContent } from './content-fingerprint.ts';
import type { Workshop } from './workshop.ts';

export interface ImageInput {
  readonly artifact: Artifact;
  /** A file or folder inside the artifact's location; the location itself if absent. */
  readonly from?: string;
  /** Where it comes to lie in the build context. */
  readonly to: string;
}

export interface PackagedImageRecipe {
  readonly id: string;
  readonly title: string;
  /** Absolute path of a folder with a Dockerfile; all of it goes into the context. */
  readonly contextFolder: string;
  readonly inputs?: readonly ImageInput[];
  readonly buildArgs?: Readonly<Record<string, string>>;
  /** Further artifacts that must be there, such as base images whose location is a build argument. */
  readonly needs?: readonly Artifact[];
}

/** An image; `location` is its reference `slipway.local/<id>:sha-<fingerprint>`. */
export async function packagedImage(workshop: Workshop, recipe: PackagedImageRecipe): Promise<Artifact> {
  const inputs = recipe.inputs ?? [];
  const needed = [...new Set([...inputs.map((input) => input.artifact), ...(recipe.needs ?? [])])];
  const fingerprint = fingerprintOf(
    'packaged-image 1',
    await folderContent(recipe.contextFolder),
    inputs.map((input) => [input.artifact.id, input.from ?? '', input.to]),
    needed.map((artifact) => [artifact.id, artifact.fingerprint]).sort(),
    recipe.buildArgs ?? {},
    workshop.platform,
  );
  const location = `slipway.local/${recipe.id}:sha-${fingerprint}`;
  const ownLabel = { 'dev.slipway.artifact': recipe.id };
  const isPresent = async (signal: AbortSignal): Promise<boolean> =>
    (await workshop.images.find(location, signal)) !== undefined;

  return {
    id: recipe.id,
    title: recipe.title,
    needs: needed.map((artifact) => artifact.id),
    fingerprint,
    location,
    isPresent,
    async make(task) {
      if (await isPresent(task.signal)) return;
      await workshop.cache.withScratch(
        recipe.id,
        fingerprint,
        () => isPresent(task.signal),
        async (contextFolder, scratchTask) => {
          await stage(recipe, contextFolder, scratchTask);
          await workshop.images.build(
            {
              reference: location,
              contextFolder,
              dockerfile: join(contextFolder, 'Dockerfile'),
              buildArgs: recipe.buildArgs ?? {},
              labels: { 'dev.slipway.owner': 'slipway', ...ownLabel },
            },
            scratchTask,
          );
          // Its stages have no use any more: this content is not built again.
          await removeNameless(workshop.images, ownLabel, task.signal);
        },
        task,
      );
    },
  };
}

async function stage(recipe: PackagedImageRecipe, contextFolder: string, task: Task): Promise<void> {
  task.report({ text: 'collecting the build context' });
  await placeTree(recipe.contextFolder, contextFolder, task.signal);
  for (const input of recipe.inputs ?? []) {
    const target = join(contextFolder, input.to);
    await mkdir(dirname(target), { recursive: true });
    await placeTree(join(input.artifact.location, input.from ?? ''), target, task.signal);
  }
}

// Hard links where the file system allows: a context can hold hundreds of megabytes, and nobody writes to it.
async function placeTree(source: string, target: string, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (!(await stat(source)).isDirectory()) return placeFile(source, target);
  await mkdir(target, { recursive: true });
  for (const entry of await readdir(source, { withFileTypes: true })) {
    if (entry.name === manifestName) continue;
    const from = join(source, entry.name);
    const to = join(target, entry.name);
    if (entry.isSymbolicLink()) await symlink(await readlink(from), to);
    else if (entry.isDirectory()) await placeTree(from, to, signal);
    else await placeFile(from, to);
  }
}

async function placeFile(source: string, target: string): Promise<void> {
  try {
    await link(source, target);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EXDEV' && code !== 'EPERM' && code !== 'EMLINK') throw error;
    await copyFile(source, target);
  }
}
