// A second engine, in a container of the first, that keeps its images in containerd. It builds and exports, and is
// not asked to run anything.

import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFolders } from '../../src/state/state-folders.ts';
import { connectEngine, type EngineClient } from '../../src/engine/connect-engine.ts';
import { DockerodeImageStore } from '../../src/images/dockerode-image-store.ts';
import type { CommandRunner } from '../../src/process/command-runner.ts';
import { ArtifactCache } from '../../src/packages/artifact-cache.ts';
import { debianTree } from '../../src/packages/debian-tree.ts';
import { observeGoToolchain } from '../../src/packages/go-toolchain.ts';
import { packagedImage } from '../../src/packages/packaged-image.ts';

export interface StoreEngine extends AsyncDisposable {
  readonly docker: EngineClient;
  readonly images: DockerodeImageStore;
  /** What it runs from, in the engine that there is: a containerd that is newer than the product's is in it too. */
  readonly image: string;
}

export interface StoreEngineRequest {
  /** Of the engine that there is. */
  readonly docker: EngineClient;
  readonly commands: CommandRunner;
  readonly name: string;
  readonly signal: AbortSignal;
}

const UP_WITHIN_MS = 60_000;
const projectFolder = join(import.meta.dirname, '../..');

/** Its image is made from Debian packages where it is not there yet. */
export async function startStoreEngine({
  docker,
  commands,
  name,
  signal,
}: StoreEngineRequest): Promise<StoreEngine> {
  await using started = new AsyncDisposableStack();
  const Image = await storeEngineImage(docker, commands, signal);
  // The same path inside and outside: the engine says where it keeps things, and there they can be read.
  const folder = await realpath(await mkdtemp(join(tmpdir(), `${name}-`)));
  started.defer(() => rm(folder, { recursive: true, force: true }));
  const socket = `${folder}/docker.sock`;
  const container = await docker.createContainer({
    name,
    Image,
    Cmd: [
      ...['dockerd', '--host', `unix://${socket}`, '--data-root', `${folder}/data`],
      ...['--exec-root', '/run/docker', '--iptables=false', '--ip6tables=false', '--bridge=none'],
    ],
    HostConfig: {
      Privileged: true,
      NetworkMode: 'none',
      Binds: [`${folder}:${folder}`],
      Tmpfs: { '/run': '', '/tmp': '' },
    },
  });
  started.defer(() => container.remove({ force: true, v: true }));
  await container.start();
  const inner = await connectEngine({ url: `unix://${socket}` });
  const deadline = performance.now() + UP_WITHIN_MS;
  while (!(await inner.ping().then(Boolean, () => false))) {
    if (performance.now() > deadline) {
      const said = await container.logs({ stdout: true, stderr: true, tail: 5 });
      throw new Error(`the engine with the containerd store does not answer: ${said.toString()}`);
    }
    await sleep(200, undefined, { signal });
  }
  const kept = started.move();
  return {
    docker: inner,
    images: new DockerodeImageStore(inner),
    image: Image,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

async function storeEngineImage(
  docker: EngineClient,
  commands: CommandRunner,
  signal: AbortSignal,
): Promise<string> {
  const cache = new ArtifactCache(
    join(findFolders(projectFolder, process.env, homedir()).cache, 'artifacts'),
  );
  const workshop = {
    ...{ cache, commands, ...(await observeGoToolchain(commands, signal)) },
    images: new DockerodeImageStore(docker),
  };
  const tree = await debianTree(workshop, {
    id: 'test-store-engine-tree',
    title: 'Docker with the containerd store (packages)',
    suite: 'trixie',
    variant: 'essential',
    packages: ['docker.io', 'ca-certificates'],
  });
  const image = await packagedImage(workshop, {
    id: 'test-store-engine',
    title: 'Docker with the containerd store',
    contextFolder: join(projectFolder, 'test/integration/image/store-engine'),
    inputs: [{ artifact: tree, to: 'rootfs.tar' }],
  });
  for (const artifact of [tree, image]) {
    if (await artifact.isPresent(signal)) continue;
    process.stderr.write(`${artifact.title}: not there yet, is made now\n`);
    await artifact.make({ signal, report: () => {} });
  }
  return image.location;
}
