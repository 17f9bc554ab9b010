// Makes the image of kind's nodes: a container of the Debian tree runs kind/node-image/assemble, and its file
// system becomes the image. A Dockerfile cannot do it: unpacking the control-plane images into containerd's
// store takes mounts, so a privileged container.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../failure.ts';
import type { Task } from '../task.ts';
import type { Artifact } from './artifact.ts';
import { fingerprintOf, folderContent } from './content-fingerprint.ts';
import type { Workshop } from './workshop.ts';

export interface NodeImageRecipe {
  readonly id: string;
  readonly title: string;
  /** Folder with `assemble` and `rootfs/`. */
  readonly sourceFolder: string;
  /** Its location is a folder with kubernetes, pause and node-dns. */
  readonly kubernetes: Artifact;
  /** Its location is a folder with local-path-provisioner. */
  readonly storage: Artifact;
  /** Its location is a rootfs.tar. */
  readonly tree: Artifact;
}

const ownerLabel = 'dev.slipway.owner=slipway';
const partLabel = 'dev.slipway.part';
const buildPart = 'node-image-build';
// Nobody takes an hour: a container of that age belongs to a run that was killed.
const abandonedAfterMs = 3_600_000;
const cleanUpTimeoutMs = 60_000;
// As `step:` lines in kind/node-image/assemble, and the five around them.
const totalSteps = 8;

/** The node image; `location` is its reference in the engine. */
export async function assembledNodeImage(workshop: Workshop, recipe: NodeImageRecipe): Promise<Artifact> {
  const { kubernetes, storage, tree, sourceFolder, id } = recipe;
  const fingerprint = fingerprintOf(
    'node-image 1',
    await folderContent(join(sourceFolder, 'rootfs')),
    await readFile(join(sourceFolder, 'assemble'), 'utf8'),
    kubernetes.fingerprint,
    storage.fingerprint,
    tree.fingerprint,
    workshop.platform,
  );
  const reference = `slipway.local/${id}:sha-${fingerprint}`;
  const isPresent = async (signal: AbortSignal): Promise<boolean> =>
    (await workshop.images.find(reference, signal)) !== undefined;
  return {
    id,
    title: recipe.title,
    needs: [kubernetes.id, storage.id, tree.id],
    fingerprint,
    location: reference,
    isPresent,
    make: (task) =>
      workshop.cache.withScratch(
        id,
        fingerprint,
        () => isPresent(task.signal),
        (_folder, lockedTask) => new NodeImageBuild(workshop, recipe, reference, lockedTask).run(),
        task,
      ),
  };
}

class NodeImageBuild {
  readonly #workshop: Workshop;
  readonly #recipe: NodeImageRecipe;
  readonly #reference: string;
  readonly #task: Task;
  /** Of the container and of its volume. */
  readonly #name: string;
  readonly #treeImage: string;
  #step = 0;
  #stepText = '';

  constructor(workshop: Workshop, recipe: NodeImageRecipe, reference: string, task: Task) {
    this.#workshop = workshop;
    this.#recipe = recipe;
    this.#reference = reference;
    this.#task = task;
    this.#name = `slipway-${recipe.id}-${reference.split(':sha-')[1]}`;
    this.#treeImage = `slipway.local/${recipe.tree.id}:sha-${recipe.tree.fingerprint}`;
  }

  async run(): Promise<void> {
    // Whoever runs this holds the lock of the fingerprint: a container of that name is a leftover.
    await this.#cleanUp();
    await this.#removeAbandoned();
    try {
      await this.#assemble();
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== 'command') throw error;
      throw new Failure('build', `${this.#recipe.title} could not be made: ${this.#stepText} failed`, {
        cause: error,
        details: [error.message, ...error.details],
      });
    } finally {
      await this.#cleanUp();
    }
  }

  async #assemble(): Promise<void> {
    const { kubernetes, storage, tree, sourceFolder } = this.#recipe;
    this.#begin('importing the Debian tree');
    if ((await this.#workshop.images.find(this.#treeImage, this.#task.signal)) === undefined) {
      await this.#docker('import', '--change', `LABEL ${ownerLabel}`, tree.location, this.#treeImage);
    }

    this.#begin('starting a container of it');
    await this.#docker('volume', 'create', '--label', ownerLabel, this.#name);
    await this.#docker(
      ...['run', '--detach', '--name', this.#name, '--label', ownerLabel],
      ...['--label', `${partLabel}=${buildPart}`, '--privileged', '--network', 'none', '--tmpfs', '/run'],
      // A named volume: an anonymous one would become part of the image's config.
      ...['--volume', `${this.#name}:/build`, '--stop-signal', 'SIGRTMIN+3'],
      ...['--entrypoint', '/bin/sleep', this.#treeImage, 'infinity'],
    );

    this.#begin('copying the programs into it');
    for (const binaries of [kubernetes, storage]) {
      await this.#docker('cp', `${binaries.location}/.`, `${this.#name}:/build/in`);
    }
    for (const source of ['rootfs', 'assemble']) {
      await this.#docker('cp', join(sourceFolder, source), `${this.#name}:/build/${source}`);
    }

    await this.#workshop.commands.run({
      program: 'docker',
      args: ['exec', this.#name, '/bin/bash', '/build/assemble'],
      signal: this.#task.signal,
      onLine: (line) => {
        const step = /^step: (.+)$/.exec(line)?.[1];
        if (step !== undefined) this.#begin(step);
      },
    });

    this.#begin('keeping it as an image');
    const changes = [
      'ENTRYPOINT ["/usr/local/bin/node-entry","/sbin/init"]',
      'CMD []',
      'ENV container=docker PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      `LABEL ${partLabel}=${this.#recipe.id}`,
    ];
    await this.#docker(
      'commit',
      ...changes.flatMap((change) => ['--change', change]),
      this.#name,
      this.#reference,
    );
    this.#begin('cleaning up');
  }

  #begin(text: string): void {
    this.#stepText = text;
    this.#task.report({ text, done: this.#step++, total: totalSteps, unit: 'steps' });
  }

  async #docker(...args: string[]): Promise<string> {
    const { stdout } = await this.#workshop.commands.run({
      program: 'docker',
      args,
      signal: this.#task.signal,
    });
    return stdout;
  }

  /** Also after a cancel, so not with the task's signal. Nothing there is fine. */
  async #cleanUp(): Promise<void> {
    await removeBuild(this.#workshop, this.#name);
    // Its layer stays as the base of the node image; the name was needed for `docker run` only.
    await quietly(this.#workshop, ['image', 'rm', this.#treeImage]);
  }

  async #removeAbandoned(): Promise<void> {
    const filters = ['--filter', `label=${partLabel}=${buildPart}`];
    const list = await this.#docker('ps', '--all', ...filters, '--format', '{{.Names}}\t{{.CreatedAt}}');
    for (const line of list.split('\n')) {
      const [name, createdAt] = line.split('\t');
      // '2026-01-31 10:16:36 +0000 UTC': the name of the zone is not for Date.parse.
      const created = Date.parse((createdAt ?? '').replace(/ [A-Z]+$/, ''));
      // An image made of such a container hands the label on: only a name of ours says whose a container is.
      const isOurs = name !== undefined && /^slipway-.+-[0-9a-f]{12}$/.test(name);
      if (isOurs && Date.now() - created > abandonedAfterMs) await removeBuild(this.#workshop, name);
    }
  }
}

async function removeBuild(workshop: Workshop, name: string): Promise<void> {
  await quietly(workshop, ['rm', '--force', '--volumes', name]);
  await quietly(workshop, ['volume', 'rm', name]);
}

// What is not there cannot be removed, and whatever could not be removed is met again by the next run, by its name.
async function quietly(workshop: Workshop, args: string[]): Promise<void> {
  const signal = AbortSignal.timeout(cleanUpTimeoutMs);
  await workshop.commands.run({ program: 'docker', args, signal }).catch((error: unknown) => {
    if (!(error instanceof Failure)) throw error;
  });
}
