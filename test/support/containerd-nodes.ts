// Nodes without a cluster around them: containers of the node image in which nothing but containerd runs.

import { setTimeout as sleep } from 'node:timers/promises';
import type { EngineClient } from '../../src/engine/connect-engine.ts';
import type { CommandRunner } from '../../src/process/command-runner.ts';
import { openRealTools } from './real-cluster.ts';

export interface ContainerdNodesOptions {
  readonly docker: EngineClient;
  readonly commands: CommandRunner;
  readonly image: string;
  readonly names: readonly string[];
}

const UP_WITHIN_MS = 30_000;

/** The product's own, or one that kind has pulled; undefined where there is neither. */
export async function findNodeImage(docker: EngineClient, signal: AbortSignal): Promise<string | undefined> {
  const { nodeImage: ours } = await openRealTools(signal);
  if (ours !== undefined) return ours;
  const images = await docker.listImages();
  const names = images.flatMap((image) => [...(image.RepoTags ?? []), ...(image.RepoDigests ?? [])]);
  return names.find((name) => name.startsWith('kindest/node'));
}

/** Rejects when one of them does not get up; then none is left. */
export async function startContainerdNodes({
  docker,
  commands,
  image,
  names,
}: ContainerdNodesOptions): Promise<AsyncDisposable> {
  await using started = new AsyncDisposableStack();
  for (const name of names) {
    const container = await docker.createContainer({
      name,
      Image: image,
      Entrypoint: ['containerd'],
      Cmd: [],
      HostConfig: {
        Privileged: true,
        CgroupnsMode: 'private',
        NetworkMode: 'none',
        Tmpfs: { '/run': '', '/tmp': '' },
      },
    } as Parameters<typeof docker.createContainer>[0]);
    started.defer(() => container.remove({ force: true, v: true }));
    await container.start();
  }
  for (const name of names) await waitForContainerd(name, commands);
  return started.move();
}

async function waitForContainerd(node: string, commands: CommandRunner): Promise<void> {
  const deadline = performance.now() + UP_WITHIN_MS;
  const args = ['exec', node, 'ctr', '-n', 'k8s.io', 'images', 'ls'];
  const isUp = () =>
    commands.run({ program: 'docker', args }).then(
      () => true,
      () => false,
    );
  while (!(await isUp())) {
    if (performance.now() > deadline) throw new Error(`containerd of ${node} does not answer`);
    await sleep(100);
  }
}
