// Loads for real: from this engine into the containerd of two nodes, without a cluster around them.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, test, type TestContext } from 'vitest';
import { connectEngine } from '../../../scripts/image/connect-engine.ts';
import { CtrImageLoader } from '../../../scripts/image/ctr-image-loader.ts';
import { DockerodeImageStore } from '../../../scripts/image/dockerode-image-store.ts';
import { ZxCommandRunner } from '../../../scripts/process/zx-command-runner.ts';
import { imageLoaderContract } from '../../contract/image-loader.contract.ts';
import { needEngine } from '../../support/need-engine.ts';
import { openRealTools, TOOLS_TIMEOUT_MS } from '../../support/real-cluster.ts';

const { signal } = new AbortController();
const task = { signal, report: () => {} };
const labels = { 'dev.slipway.test': `loader-${process.pid}` };
const nodes = [`slipway-test-${process.pid}-1`, `slipway-test-${process.pid}-2`];
const engine = () => connectEngine({ url: process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock' });

/** The product's own, or one that kind has pulled. */
async function findNodeImage(): Promise<string | undefined> {
  const { nodeImage: ours } = await openRealTools(signal);
  if (ours !== undefined) return ours;
  const images = await (await engine()).listImages();
  const names = images.flatMap((image) => [...(image.RepoTags ?? []), ...(image.RepoDigests ?? [])]);
  return names.find((name) => name.startsWith('kindest/node'));
}
let nodeImage: string | undefined;
beforeAll(async () => {
  if (inject('engineProblem') === '') nodeImage = await findNodeImage();
}, TOOLS_TIMEOUT_MS);

function needNodeImage(context: TestContext): void {
  needEngine(context);
  context.skip(nodeImage === undefined, 'no node image in the engine; kind pulls one for its first cluster');
}

/** Starts the nodes' containerd and nothing else. */
async function startNodes(): Promise<void> {
  const docker = await engine();
  for (const name of nodes) {
    const container = await docker.createContainer({
      name,
      Image: nodeImage!,
      Entrypoint: ['containerd'],
      Cmd: [],
      Labels: labels,
      HostConfig: { Privileged: true, CgroupnsMode: 'private', Tmpfs: { '/run': '', '/tmp': '' } },
    } as Parameters<typeof docker.createContainer>[0]);
    await container.start();
  }
  const commands = new ZxCommandRunner({ env: process.env });
  for (const name of nodes) {
    const deadline = performance.now() + 30_000;
    const isUp = () =>
      commands.run({ program: 'docker', args: ['exec', name, 'ctr', '-n', 'k8s.io', 'images', 'ls'] }).then(
        () => true,
        () => false,
      );
    while (!(await isUp())) {
      if (performance.now() > deadline) throw new Error(`containerd of ${name} does not answer`);
      await sleep(100);
    }
  }
}

async function stopNodes(): Promise<void> {
  const docker = await engine();
  const found = await docker.listContainers({
    all: true,
    filters: { label: [`dev.slipway.test=${labels['dev.slipway.test']}`] },
  });
  for (const { Id } of found) await docker.getContainer(Id).remove({ force: true, v: true });
}

const store = async () => new DockerodeImageStore(await engine());

async function build(name: string, content: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-load-'));
  const reference = `slipway.local/test-load-${process.pid}-${name}:1`;
  try {
    await writeFile(join(folder, 'content'), content.repeat(100_000));
    await writeFile(join(folder, 'Dockerfile'), 'FROM scratch\nCOPY content /\n');
    await (
      await store()
    ).build({ reference, contextFolder: folder, dockerfile: join(folder, 'Dockerfile'), labels }, task);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return reference;
}

async function removeImages(): Promise<void> {
  const images = await store();
  for (const image of await images.list(labels, signal))
    for (const reference of image.references) await images.remove(reference, signal);
}

afterAll(async () => {
  if (nodeImage === undefined) return;
  await stopNodes();
  await removeImages();
});

imageLoaderContract({
  title: 'CtrImageLoader on real nodes',
  need: needNodeImage,
  make: async () => {
    await startNodes();
    const loader = new CtrImageLoader({
      images: await store(),
      commands: new ZxCommandRunner({ env: process.env }),
      docker: 'docker',
    });
    return { loader, nodes, image: build, dispose: async () => {} };
  },
});

describe('CtrImageLoader on real nodes', () => {
  const loader = async () =>
    new CtrImageLoader({
      images: await store(),
      commands: new ZxCommandRunner({ env: process.env }),
      docker: 'docker',
    });

  test('an export that breaks off is a failure on every node, and the next load works', async (context) => {
    needNodeImage(context);
    const images = await store();
    const reference = await build('cut', `${process.pid}`);
    const exportOf = images.export.bind(images);
    images.export = async (references) => {
      const source = await exportOf(references, signal);
      let seen = 0;
      source.on('data', (chunk: Buffer) => {
        seen += chunk.length;
        if (seen > 200_000) source.destroy(new Error('the engine went away'));
      });
      source.pause();
      return source;
    };
    const commands = new ZxCommandRunner({ env: process.env });
    const cut = new CtrImageLoader({ images, commands, docker: 'docker' });
    await expect(cut.load({ references: [reference], nodes }, task)).rejects.toMatchObject({
      code: 'load',
      message: '2 of 2 images did not get into their nodes',
    });
    const reports = await (await loader()).load({ references: [reference], nodes }, task);
    expect(reports.map(({ outcome }) => outcome)).toEqual(['loaded', 'loaded']);
  });

  test('a node that is stopped is named, and the other one gets the image', async (context) => {
    needNodeImage(context);
    const reference = await build('half', `${process.pid}`);
    const loading = (await loader()).load(
      { references: [reference], nodes: [nodes[0]!, `${nodes[1]}-gone`] },
      task,
    );
    await expect(loading).rejects.toMatchObject({ message: expect.stringContaining(`${nodes[1]}-gone`) });
  });
});
