// Building, measuring and loading images: what people are told about sizes.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Failure } from '../../../src/failure.ts';
import { ImageAliases } from '../../../src/images/image-aliases.ts';
import { isAsNamed, releaseAsBuilt } from '../../../src/releases/as-built.ts';
import { buildImage } from '../../../src/images/build/build-image.ts';
import { checkImageSizes, observeBudget } from '../../../src/images/check-image-sizes.ts';
import { loadImage } from '../../../src/images/load/load-image.ts';
import type { UpTools } from '../../../src/up/up-tools.ts';
import { failureOf } from '../../support/failure-of.ts';
import { CLUSTER, openScene, type Scene, WEB } from '../up/scene.ts';

const layer = (
  createdBy: string,
  sizeBytes: number,
): { diffId: string; sizeBytes: number; createdBy: string } => ({
  ...{ diffId: `sha256:${createdBy}`, sizeBytes, createdBy },
});

/** The tools with a build of a file of so many bytes, under this reference. */
async function withBuild(scene: Scene, reference: string, sizeBytes: number): Promise<UpTools> {
  const contextFolder = join(scene.stateFolder, 'app');
  await mkdir(contextFolder, { recursive: true });
  await writeFile(join(contextFolder, 'Dockerfile'), 'FROM scratch\nCOPY data /\n');
  await writeFile(join(contextFolder, 'data'), 'x'.repeat(sizeBytes));
  const request = { reference, contextFolder, dockerfile: join(contextFolder, 'Dockerfile') };
  return { ...scene.tools, run: { ...scene.run, builds: new Map([['web', request]]) } };
}

describe('buildImage', () => {
  test('says how large the image is, and how much it has grown since the last build', async () => {
    await using scene = await openScene();
    expect(await buildImage(await withBuild(scene, WEB, 200_000), 'web', scene.task)).toBe('0.2 MB');
    const next = await withBuild(scene, 'web:2', 500_000);
    expect(await buildImage(next, 'web', scene.task)).toBe('0.5 MB, +0.3 MB since the last build');
    const smaller = await withBuild(scene, 'web:3', 100_000);
    expect(await buildImage(smaller, 'web', scene.task)).toBe('0.1 MB, -0.4 MB since the last build');
  });

  test('what the engine counts as the size of an image is not compared with the sum of its layers', async () => {
    await using scene = await openScene();
    const { images } = scene.machine;
    const build = images.build.bind(images);
    // As an engine with the containerd store does: compressed layers counted with the unpacked ones.
    images.build = async (...args) => {
      const built = await build(...args);
      return { ...built, sizeBytes: built.sizeBytes * 1.4 };
    };
    expect(await buildImage(await withBuild(scene, WEB, 200_000), 'web', scene.task)).toBe('0.2 MB');
    expect(await buildImage(await withBuild(scene, 'web:2', 300_000), 'web', scene.task)).toBe(
      '0.3 MB, +0.1 MB since the last build',
    );
  });

  test('the same content again has not grown', async () => {
    await using scene = await openScene();
    const tools = await withBuild(scene, WEB, 200_000);
    await buildImage(tools, 'web', scene.task);
    expect(await buildImage(tools, 'web', scene.task)).toBe('0.2 MB');
  });

  test('a build that fails is no size', async () => {
    await using scene = await openScene();
    scene.machine.images.failNext('build', new Failure('build', 'no such file'));
    const failure = await failureOf(buildImage(await withBuild(scene, WEB, 1), 'web', scene.task));
    expect(failure.code).toBe('build');
    expect(await scene.tools.sizes.latest('web')).toBeUndefined();
  });
});

describe('a build that comes to what an earlier one is', () => {
  const labels = { 'dev.slipway.cluster': CLUSTER, 'dev.slipway.image': 'web' };
  const [first, second, third] = ['1', '2', '3'].map(
    (tag) => `slipway.local/${CLUSTER}/web:sha-${tag.repeat(12)}`,
  ) as [string, string, string];
  const built = async (scene: Scene, reference: string, bytes: number): Promise<UpTools> => {
    const tools = await withBuild(scene, reference, bytes);
    const builds = new Map([['web', { ...tools.run.builds.get('web')!, labels }]]);
    return { ...tools, run: { ...tools.run, builds } };
  };

  test('is known as that one, in later runs too', async () => {
    await using scene = await openScene();
    await buildImage(await built(scene, first, 1000), 'web', scene.task);
    const tools = await built(scene, second, 1000);
    expect(await buildImage(tools, 'web', scene.task)).toBe('1.0 kB, the same content as sha-111111111111');
    expect((await ImageAliases.open(scene.stateFolder)).of(second)).toBe(first);
    // What is remembered or followed of this run has to be worked out anew.
    expect([isAsNamed(tools), isAsNamed(await built(scene, first, 1000))]).toEqual([false, true]);
    // One that is known as another is none to go by.
    await buildImage(await built(scene, third, 1000), 'web', scene.task);
    expect(tools.aliases.of(third)).toBe(first);
  });

  test('is loaded as that one, and its release is the one that is there', async () => {
    await using scene = await openScene();
    await buildImage(await built(scene, first, 1000), 'web', scene.task);
    const tools = await built(scene, second, 1000);
    await buildImage(tools, 'web', scene.task);
    await scene.startCluster();
    expect(await loadImage(tools, 'web', scene.task)).toContain('sent to 1 node');
    expect(await loadImage(await built(scene, first, 1000), 'web', scene.task)).toBe('already on 1 node');
    const release = { ...tools.run.desired.releases[0]!, images: [second] };
    const spec = {
      ...tools.run.releases.get('release:web')!,
      values: { image: second, deep: [{ a: second }] },
    };
    const run = {
      ...tools.run,
      desired: { ...tools.run.desired, releases: [release] },
      releases: new Map([['release:web', spec]]),
    };
    const values = { image: first, deep: [{ a: first }] };
    expect(releaseAsBuilt({ run, aliases: tools.aliases }, 'release:web')).toMatchObject({
      spec: { values },
      desired: { images: [first], fingerprint: `fingerprint of ${JSON.stringify(values)}` },
    });
  });

  test('is another image where its content differs, or that of another image is the same', async () => {
    await using scene = await openScene();
    await buildImage(await built(scene, first, 1000), 'web', scene.task);
    const tools = await built(scene, second, 1001);
    await buildImage(tools, 'web', scene.task);
    expect(tools.aliases.of(second)).toBe(second);
    scene.machine.images.add('my/copy:1', {
      labels,
      layers: await tools.images.layers(second, scene.signal),
    });
    const again = await built(scene, third, 1002);
    await buildImage(again, 'web', scene.task);
    expect(again.aliases.of(third)).toBe(third);
  });
});

describe('checkImageSizes', () => {
  test('an image that is in the nodes alone, and not on record, is left out and named', async () => {
    await using scene = await openScene();
    expect(await checkImageSizes(scene.tools, scene.task)).toBe(
      '0.0 kB of 500.0 MB in all; not in the engine, so not measured: web',
    );
  });

  test('says how much of the budget all images use', async () => {
    await using scene = await openScene();
    scene.machine.images.add(WEB, { layers: [layer('COPY a', 90e6)] });
    expect(await checkImageSizes(scene.tools, scene.task)).toBe('90.0 MB of 500.0 MB in all');
  });

  test('refuses an image above its limit, with its layers by size', async () => {
    await using scene = await openScene();
    scene.machine.images.add(WEB, { layers: [layer('COPY small', 20e6), layer('RUN install', 240e6)] });
    const failure = await failureOf(checkImageSizes(scene.tools, scene.task));
    expect(failure.code).toBe('budget');
    expect(failure.details).toEqual([
      'web: 260.0 MB, must be under 250.0 MB',
      '   240.0 MB  RUN install',
      '    20.0 MB  COPY small',
    ]);
  });

  test('an image may have a limit of its own', async () => {
    await using scene = await openScene();
    scene.machine.images.add(WEB, { layers: [layer('RUN install', 260e6)] });
    const { environment } = scene.run;
    const images = { web: { ...environment.images['web']!, budgetMegabytes: 300 } };
    const run = { ...scene.run, environment: { ...environment, images } };
    const tools = { ...scene.tools, run };
    expect(await checkImageSizes(tools, scene.task)).toBe('260.0 MB of 500.0 MB in all');
  });

  test('needs no engine for an image whose size is recorded', async () => {
    await using scene = await openScene();
    await scene.tools.sizes.record('web', WEB, [layer('COPY a', 5e6)]);
    scene.machine.images.failNext('layers', new Failure('engine', 'it was asked'));
    expect(await checkImageSizes(scene.tools, scene.task)).toBe('5.0 MB of 500.0 MB in all');
  });
});

describe('observeBudget', () => {
  test('does not know before the images were measured', async () => {
    await using scene = await openScene();
    expect(await observeBudget(scene.tools)).toBeUndefined();
    scene.machine.images.add(WEB, { layers: [layer('COPY a', 5e6)] });
    await checkImageSizes(scene.tools, scene.task);
    expect(await observeBudget(scene.tools)).toEqual({
      ...{ withinBudget: true, text: '5.0 MB of 500.0 MB in all' },
    });
  });

  test('remembers that an image was too large', async () => {
    await using scene = await openScene();
    await scene.tools.sizes.record('web', WEB, [layer('RUN install', 260e6)]);
    expect(await observeBudget(scene.tools)).toMatchObject({ withinBudget: false });
  });
});

describe('loadImage', () => {
  test('says what it sent, and that nothing had to be sent', async () => {
    await using scene = await openScene();
    await scene.startCluster();
    scene.machine.images.add(WEB, { layers: [layer('COPY a', 2e6)] });
    expect(await loadImage(scene.tools, 'web', scene.task)).toBe('2.0 MB sent to 1 node');
    expect(await loadImage(scene.tools, 'web', scene.task)).toBe('already on 1 node');
    expect(scene.machine.loader.loads[0]).toEqual({
      ...{ references: [WEB], nodes: [`${CLUSTER}-control-plane`] },
    });
  });

  test('loads an artifact that is an image by its id', async () => {
    const artifact = {
      ...{
        id: 'controller',
        title: 'Make controller',
        needs: [],
        fingerprint: '1',
        location: 'controller:1',
      },
      ...{ isPresent: async () => true, make: async () => undefined },
    };
    await using scene = await openScene({ artifacts: new Map([['controller', artifact]]) });
    await scene.startCluster();
    scene.machine.images.add('controller:1');
    await loadImage(scene.tools, 'controller', scene.task);
    expect(scene.machine.loader.loads[0]?.references).toEqual(['controller:1']);
  });

  test('a load that fails is the failure of the releases that run the image', async () => {
    await using scene = await openScene();
    await scene.startCluster();
    scene.machine.loader.failNext(new Failure('load', 'no space'));
    expect((await failureOf(loadImage(scene.tools, 'web', scene.task))).message).toBe('no space');
    expect(scene.tools.tracker.stateOf('web')).toBe('Failed');
  });
});
