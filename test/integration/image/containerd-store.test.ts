// Loads for real from an engine of the other kind: one that keeps its images in containerd.

import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test, type TestContext } from 'vitest';
import { connectEngine, observeEngine } from '../../../src/engine/connect-engine.ts';
import { DeltaImageLoader } from '../../../src/images/load/delta-image-loader.ts';
import { DockerodeImageStore } from '../../../src/images/dockerode-image-store.ts';
import { ExecNodeTransport } from '../../../src/images/load/exec-node-transport.ts';
import { layerSources } from '../../../src/images/inspect/layer-sources.ts';
import { ZxCommandRunner } from '../../../src/process/zx-command-runner.ts';
import { imageLoaderContract } from '../../contract/image-loader.contract.ts';
import { findNodeImage, startContainerdNodes } from '../../support/containerd-nodes.ts';
import { buildLayeredImage } from '../../support/layered-image.ts';
import { needEngine } from '../../support/need-engine.ts';
import { writeOciLayout } from '../../support/oci-layout.ts';
import { TOOLS_TIMEOUT_MS } from '../../support/real-cluster.ts';
import { startStoreEngine, type StoreEngine } from '../../support/store-engine.ts';

const { signal } = new AbortController();
const task = { signal, report: () => {} };
const nodes = [`slipway-store-${process.pid}-1`, `slipway-store-${process.pid}-2`];
const commands = new ZxCommandRunner({ env: process.env });
const started = new AsyncDisposableStack();
let engine: StoreEngine | undefined;

beforeAll(async () => {
  if (inject('engineProblem') !== '') return;
  const url = process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock';
  const docker = await connectEngine({ url });
  const image = await findNodeImage(docker, signal);
  if (image === undefined || (await commands.find('mmdebstrap')) === undefined) return;
  const name = `slipway-store-${process.pid}`;
  engine = started.use(await startStoreEngine({ docker, commands, name, signal }));
  // Two generations of containerd: the one of the node image, and the one that comes with the second engine.
  for (const [index, nodeImage] of [image, engine.image].entries())
    started.use(await startContainerdNodes({ docker, commands, image: nodeImage, names: [nodes[index]!] }));
}, TOOLS_TIMEOUT_MS);
afterAll(() => started.disposeAsync());

function needStore(context: TestContext): void {
  needEngine(context);
  context.skip(
    engine === undefined,
    'no node image in the engine, or no mmdebstrap to make a second engine with',
  );
}

/** As layerSources() orders them. */
const ways = ['by its files', 'by files that it shows itself', 'by an export'] as const;

/** With one way only: the others cannot help. */
async function loaderBy(way: (typeof ways)[number]): Promise<DeltaImageLoader> {
  const { docker, images } = engine!;
  const sources = await layerSources(docker, images, signal);
  expect(sources).toHaveLength(ways.length);
  const transports = [new ExecNodeTransport({ commands, docker: 'docker' })];
  return new DeltaImageLoader({
    ...{ images, transports, commands, docker: 'docker' },
    sources: [sources[ways.indexOf(way)]!],
  });
}

for (const way of ways)
  imageLoaderContract({
    title: `DeltaImageLoader from the containerd store ${way}`,
    need: needStore,
    make: async () => ({
      loader: await loaderBy(way),
      nodes,
      // The nodes still have what the suites before this one brought.
      async image(name, ...contents) {
        const reference = `slipway.local/test-store-${ways.indexOf(way)}-${name}:1`;
        const own = contents.map((content) => `${content} ${way}`);
        await buildLayeredImage(engine!.images, { reference, labels: {}, contents: own }, task);
        return reference;
      },
      dispose: async () => {},
    }),
  });

describe('DeltaImageLoader from the containerd store', () => {
  test.for(ways)(
    'an image of several platforms with attestations goes by difference: %s',
    async (way, context) => {
      needStore(context);
      await using cleaning = new AsyncDisposableStack();
      const folder = await mkdtemp(join(tmpdir(), 'slipway-layout-'));
      cleaning.defer(() => rm(folder, { recursive: true, force: true }));
      const { docker, images } = engine!;
      const { architecture } = await observeEngine(docker, signal);
      const reference = `slipway.local/test-store-index-${ways.indexOf(way)}:1`;
      const loader = await loaderBy(way);
      for (const [index, top] of ['one', 'two'].entries()) {
        const layers = [`base of ${reference}`.repeat(9000), `${top} of ${reference}`];
        const layout = await writeOciLayout(folder, { reference, architecture, layers });
        const loading = await docker.loadImage(layout.archive());
        for await (const _line of loading) void _line;
        expect(await images.find(reference, signal)).toMatchObject({ id: layout.id });
        const reports = await loader.load({ references: [reference], nodes }, task);
        expect(reports.map((report) => report.layers)).toEqual(
          nodes.map(() => ({ sent: 2 - index, total: 2 })),
        );
        expect(await loader.present({ references: [reference], nodes }, signal)).toHaveLength(nodes.length);
      }
    },
  );
});

describe('the size of an image', () => {
  test('is the same with the containerd store and with the engine that there is', async (context) => {
    needStore(context);
    const folder = await mkdtemp(join(tmpdir(), 'slipway-sizes-'));
    await using cleaning = new AsyncDisposableStack();
    cleaning.defer(() => rm(folder, { recursive: true, force: true }));
    // Many small files: on a disk each of them takes a whole block.
    await mkdir(join(folder, 'files'));
    for (let at = 0; at < 500; at++) await writeFile(join(folder, `files/${at}`), `${at} `.repeat(at));
    await symlink('files/1', join(folder, 'link'));
    const dockerfile = join(folder, 'Dockerfile');
    await writeFile(dockerfile, 'FROM scratch\nWORKDIR /empty\nCOPY files /files\nCOPY link /\n');
    const reference = `slipway.local/test-size-${process.pid}:1`;
    const here = new DockerodeImageStore(
      await connectEngine({ url: process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock' }),
    );
    cleaning.defer(async () => void (await here.remove(reference, signal)));
    const { docker, images } = engine!;
    const there = new DockerodeImageStore(docker, {
      builder: 'auto',
      sources: (store, asked) => layerSources(docker, store, asked),
    });
    const request = { reference, contextFolder: folder, dockerfile, labels: {} };
    await Promise.all([here.build(request, task), images.build(request, task)]);
    const bytesIn = async (store: DockerodeImageStore): Promise<number[]> =>
      (await store.layers(reference, signal)).map(({ sizeBytes }) => sizeBytes);
    expect(await bytesIn(there)).toEqual(await bytesIn(here));
  });
});
