// Loads for real: from this engine into the containerd of two nodes, without a cluster around them.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test, type TestContext } from 'vitest';
import { ArchiveLayerSource } from '../../../src/images/inspect/archive-layer-source.ts';
import { connectEngine, observeEngine } from '../../../src/engine/connect-engine.ts';
import { ContainerEngineFiles } from '../../../src/images/inspect/container-engine-files.ts';
import { ContentLayerSource } from '../../../src/images/inspect/content-layer-source.ts';
import { DeltaImageLoader } from '../../../src/images/load/delta-image-loader.ts';
import { DockerodeImageStore } from '../../../src/images/dockerode-image-store.ts';
import { ExecNodeTransport } from '../../../src/images/load/exec-node-transport.ts';
import type { ImageStore } from '../../../src/images/image-store.ts';
import { LocalEngineFiles } from '../../../src/images/inspect/local-engine-files.ts';
import { makeImageLoader } from '../../../src/images/load/make-image-loader.ts';
import { OverlayLayerSource } from '../../../src/images/inspect/overlay-layer-source.ts';
import { SocketNodeTransport } from '../../../src/images/load/socket-node-transport.ts';
import { ZxCommandRunner } from '../../../src/process/zx-command-runner.ts';
import { imageLoaderContract } from '../../contract/image-loader.contract.ts';
import { findNodeImage, startContainerdNodes } from '../../support/containerd-nodes.ts';
import { buildLayeredImage, removeLabelled } from '../../support/layered-image.ts';
import { needEngine } from '../../support/need-engine.ts';
import { writeOciLayout } from '../../support/oci-layout.ts';
import { TOOLS_TIMEOUT_MS } from '../../support/real-cluster.ts';

const { signal } = new AbortController();
const task = { signal, report: () => {} };
const labels = { 'dev.slipway.test': `loader-${process.pid}` };
const nodes = [`slipway-test-${process.pid}-1`, `slipway-test-${process.pid}-2`];
const engine = () => connectEngine({ url: process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock' });

const commands = new ZxCommandRunner({ env: process.env });
const store = async () => new DockerodeImageStore(await engine());

const started = new AsyncDisposableStack();
let nodeImage: string | undefined;
beforeAll(async () => {
  if (inject('engineProblem') !== '') return;
  nodeImage = await findNodeImage(await engine(), signal);
  if (nodeImage === undefined) return;
  started.use(
    await startContainerdNodes({ docker: await engine(), commands, image: nodeImage, names: nodes }),
  );
}, TOOLS_TIMEOUT_MS);
afterAll(async () => {
  await started.disposeAsync();
  if (nodeImage !== undefined) await removeLabelled(await store(), labels, signal);
});

function needNodeImage(context: TestContext): void {
  needEngine(context);
  context.skip(nodeImage === undefined, 'no node image in the engine; kind pulls one for its first cluster');
}

async function build(name: string, ...contents: string[]): Promise<string> {
  const reference = `slipway.local/test-load-${process.pid}-${name}:1`;
  await buildLayeredImage(await store(), { reference, labels, contents }, task);
  return reference;
}

const architecture = { x64: 'amd64' }[process.arch as string] ?? process.arch;
const everyone = new ExecNodeTransport({ commands, docker: 'docker' });

/** As an engine that no one may look into: nothing is taken apart, or nothing but whole images. */
async function plainLoader(images: ImageStore): Promise<DeltaImageLoader> {
  return new DeltaImageLoader({ images, sources: [], transports: [everyone], commands, docker: 'docker' });
}

const loaders = {
  'in the way that is best here': async () =>
    makeImageLoader({ docker: await engine(), images: await store(), commands }, signal),
  'for a user who may use the engine and no more': async () => {
    const docker = await engine();
    const { rootFolder, storageDriver } = await observeEngine(docker, signal);
    const source = new OverlayLayerSource({ files: new ContainerEngineFiles(docker), rootFolder });
    const images = await store();
    // With another driver the layers lie elsewhere.
    const sources = storageDriver === 'overlay2' ? [source] : [archiveSource(images)];
    return new DeltaImageLoader({ images, sources, transports: [everyone], commands, docker: 'docker' });
  },
  'from an engine that keeps its images in a way of its own': async () => {
    const images = await store();
    const sources = [archiveSource(images)];
    return new DeltaImageLoader({ images, sources, transports: [everyone], commands, docker: 'docker' });
  },
};

/** For images of the containerd store, whose blobs lie in a folder. */
async function loaderOf(images: ImageStore, folder: string, way: string): Promise<DeltaImageLoader> {
  const docker = await engine();
  const parts = { images, commands, docker: 'docker' };
  const socket = new SocketNodeTransport({
    inspect: async (name) => {
      const { Id, State } = await docker.getContainer(name).inspect();
      return { id: Id, pid: State.Pid };
    },
    procFolder: '/proc',
  });
  const content = new ContentLayerSource({ files: new LocalEngineFiles(), folders: [folder], architecture });
  if (way === 'by the socket of the node')
    return new DeltaImageLoader({ ...parts, sources: [content], transports: [socket, everyone] });
  const sources = { 'by docker exec': [content], 'from an export': [archiveSource(images)] }[way] ?? [];
  return new DeltaImageLoader({ ...parts, sources, transports: [everyone] });
}

function archiveSource(images: ImageStore): ArchiveLayerSource {
  return new ArchiveLayerSource({ images, architecture });
}

for (const [index, [title, make]] of Object.entries(loaders).entries())
  imageLoaderContract({
    title: `DeltaImageLoader on real nodes ${title}`,
    need: needNodeImage,
    make: async () => ({
      loader: await make(),
      nodes,
      // The nodes still have what the suites before this one brought.
      image: (name, ...contents) =>
        build(`${name}-${index}`, ...contents.map((content) => `${content} ${index}`)),
      dispose: async () => {},
    }),
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
    const loader = await loaders['in the way that is best here']();
    const loading = loader.load({ references: [reference], nodes: [nodes[0]!, `${nodes[1]}-gone`] }, task);
    await expect(loading).rejects.toMatchObject({ message: expect.stringContaining(`${nodes[1]}-gone`) });
    expect(await loader.present({ references: [reference], nodes: [nodes[0]!] }, signal)).toHaveLength(1);
  });

  test.for(['by the socket of the node', 'by docker exec', 'from an export', 'whole'])(
    'an image of several platforms with attestations keeps its digest, and goes by difference: %s',
    async (way, context) => {
      needNodeImage(context);
      await using cleaning = new AsyncDisposableStack();
      const folder = await mkdtemp(join(tmpdir(), 'slipway-layout-'));
      cleaning.defer(() => rm(folder, { recursive: true, force: true }));
      const reference = `slipway.local/test-index-${process.pid}-${way.replaceAll(' ', '-')}:1`;
      const images = await store();
      const loader = await loaderOf(images, folder, way);
      for (const [index, top] of ['one', 'two'].entries()) {
        const layers = [`base of ${reference}`.repeat(9000), `${top} of ${reference}`];
        const layout = await writeOciLayout(folder, { reference, architecture, layers });
        images.find = async () => ({
          id: layout.id,
          references: [reference],
          labels: {},
          sizeBytes: 200_000,
        });
        images.export = async () => layout.archive();
        const reports = await loader.load({ references: [reference], nodes }, task);
        const sent = way === 'whole' ? undefined : { sent: 2 - index, total: 2 };
        expect(reports.map((report) => report.layers)).toEqual(nodes.map(() => sent));
        expect(await loader.present({ references: [reference], nodes }, signal)).toHaveLength(nodes.length);
      }
    },
  );
});
