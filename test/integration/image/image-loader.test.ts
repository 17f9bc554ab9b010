// Loads for real: from this engine into the containerd of two nodes, without a cluster around them.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, test, type TestContext } from 'vitest';
import { connectEngine } from '../../../scripts/image/connect-engine.ts';
import { DeltaImageLoader } from '../../../scripts/image/delta-image-loader.ts';
import { DockerodeImageStore } from '../../../scripts/image/dockerode-image-store.ts';
import { ExecNodeDoor } from '../../../scripts/image/exec-node-door.ts';
import type { ImageStore } from '../../../scripts/image/image-store.ts';
import { makeImageLoader } from '../../../scripts/image/make-image-loader.ts';
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

/** One layer of about 200 kB for each content. */
async function build(name: string, ...contents: string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-load-'));
  const reference = `slipway.local/test-load-${process.pid}-${name}:1`;
  try {
    const lines = ['FROM scratch'];
    for (const [index, content] of contents.entries()) {
      await writeFile(
        join(folder, `content-${index}`),
        `${content}\n`.repeat(200_000 / (content.length + 1)),
      );
      lines.push(`COPY content-${index} /`);
    }
    await writeFile(join(folder, 'Dockerfile'), `${lines.join('\n')}\n`);
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

const commands = new ZxCommandRunner({ env: process.env });
const everyone = new ExecNodeDoor({ commands, docker: 'docker' });

/** As an engine that no one may look into: nothing is taken apart, or nothing but whole images. */
async function plainLoader(images: ImageStore): Promise<DeltaImageLoader> {
  return new DeltaImageLoader({ images, sources: [], doors: [everyone], commands, docker: 'docker' });
}

beforeAll(async () => {
  if (nodeImage !== undefined) await startNodes();
});

const loaders = {
  'the way that is best here': async () =>
    makeImageLoader({ docker: await engine(), images: await store(), commands }, signal),
};

for (const [title, make] of Object.entries(loaders))
  imageLoaderContract({
    title: `DeltaImageLoader on real nodes, ${title}`,
    need: needNodeImage,
    make: async () => ({ loader: await make(), nodes, image: build, dispose: async () => {} }),
  });

describe('DeltaImageLoader on real nodes', () => {
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
        if (seen > 150_000) source.destroy(new Error('the engine went away'));
      });
      source.pause();
      return source;
    };
    const cut = await plainLoader(images);
    await expect(cut.load({ references: [reference], nodes }, task)).rejects.toMatchObject({
      code: 'load',
      message: '2 of 2 images did not get into their nodes',
    });
    const loader = await plainLoader(await store());
    const reports = await loader.load({ references: [reference], nodes }, task);
    expect(reports.map(({ outcome }) => outcome)).toEqual(['loaded', 'loaded']);
  });

  test('a node that is not there is named, and the other one gets the image', async (context) => {
    needNodeImage(context);
    const reference = await build('half', `${process.pid}`);
    const loader = await loaders['the way that is best here']();
    const loading = loader.load({ references: [reference], nodes: [nodes[0]!, `${nodes[1]}-gone`] }, task);
    await expect(loading).rejects.toMatchObject({ message: expect.stringContaining(`${nodes[1]}-gone`) });
    expect(await loader.present({ references: [reference], nodes: [nodes[0]!] }, signal)).toHaveLength(1);
  });
});
