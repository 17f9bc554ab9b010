import { afterEach, beforeEach, expect, test } from 'vitest';
import type { BuildRequest } from '../../../src/images/image-store.ts';
import type { EnvironmentRun } from '../../../src/up/environment-run.ts';
import { ImagePruner } from '../../../src/watch/image-pruner.ts';
import { KnownState } from '../../../src/watch/known-state.ts';
import { FakeClock } from '../../fakes/clock.ts';
import { CLUSTER, openScene, type Scene } from '../up/scene.ts';

const SERVICE = 'release:web';

let scene: Scene;
let clock: FakeClock;
let pruner: ImagePruner;
let inUse: string[];
let fromNodes: string[];

beforeEach(async () => {
  scene = await openScene();
  clock = new FakeClock();
  [inUse, fromNodes] = [[], []];
  pruner = new ImagePruner({
    ...{ images: scene.machine.images, journal: scene.journal, known: new KnownState(), clock },
    pruneNodes: async (references) => void fromNodes.push(...references),
    inUse: () => inUse,
    note: (text) => void scene.notes.push(text),
    signal: scene.signal,
  });
});
afterEach(() => scene[Symbol.asyncDispose]());

const referenceOf = (version: number): string =>
  `slipway.local/${CLUSTER}/web:sha-${String(version).padStart(12, '0')}`;

/** The environment with this version of its image, which is in the engine from now on. */
function built(version: number): EnvironmentRun {
  const reference = referenceOf(version);
  const labels = {
    'dev.slipway.owner': 'slipway',
    'dev.slipway.cluster': CLUSTER,
    'dev.slipway.image': 'web',
  };
  scene.machine.images.add(reference, { labels });
  const builds = new Map([['web', { ...scene.run.builds.get('web')!, reference } satisfies BuildRequest]]);
  const images = scene.run.desired.images.map((image) => ({ ...image, reference }));
  const releases = scene.run.desired.releases.map((release) => ({ ...release, images: [reference] }));
  return { ...scene.run, builds, desired: { ...scene.run.desired, images, releases } };
}

test('keeps what is served and the version before it, and takes away the rest once no more comes', async () => {
  for (const version of [1, 2, 3, 4]) {
    pruner.served(SERVICE, built(version));
    await clock.advance(1_000);
  }
  expect(scene.machine.images.references).toHaveLength(4);
  await clock.advance(3_000);
  expect(scene.machine.images.references).toEqual([referenceOf(3), referenceOf(4)]);
  expect(fromNodes.toSorted()).toEqual([referenceOf(1), referenceOf(2)]);
});

test('keeps what is being tried, and takes away what was tried in vain', async () => {
  pruner.served(SERVICE, built(1));
  built(2);
  inUse = [referenceOf(2)];
  await clock.advance(10_000);
  expect(scene.machine.images.references).toEqual([referenceOf(1), referenceOf(2)]);
  inUse = [];
  pruner.ended(SERVICE, built(2));
  await clock.advance(10_000);
  expect(scene.machine.images.references).toEqual([referenceOf(1)]);
});

test('does not wait for a rest that never comes: with an edit every 2 s, few versions stay at any time', async () => {
  let most = 0;
  for (let version = 1; version <= 100; version++) {
    pruner.served(SERVICE, built(version));
    await clock.advance(2_000);
    most = Math.max(most, scene.machine.images.references.length);
  }
  expect(most).toBeLessThanOrEqual(8);
});

test('of what broken off builds leave without a name, the newest ten stay', async () => {
  const labels = {
    'dev.slipway.owner': 'slipway',
    'dev.slipway.cluster': CLUSTER,
    'dev.slipway.image': 'web',
  };
  const ids = Array.from({ length: 14 }, (_, build) => `sha256:${String(build).padStart(64, '0')}`);
  for (const id of ids)
    scene.machine.images.add(id, { id, labels: { ...labels, 'dev.slipway.stage': 'building' } });
  pruner.served(SERVICE, built(1));
  await clock.advance(10_000);
  expect(scene.machine.images.references).toEqual([...ids.slice(-10), referenceOf(1)].sort());
});

test('leaves images of others, and images without our labels', async () => {
  const other = {
    'dev.slipway.owner': 'slipway',
    'dev.slipway.cluster': 'another',
    'dev.slipway.image': 'web',
  };
  scene.machine.images.add('slipway.local/another/web:sha-000000000001', { labels: other });
  scene.machine.images.add(referenceOf(77));
  for (const version of [1, 2, 3]) pruner.served(SERVICE, built(version));
  await clock.advance(10_000);
  expect(scene.machine.images.references).toEqual(
    ['slipway.local/another/web:sha-000000000001', ...[2, 3, 77].map(referenceOf)].sort(),
  );
});

test('leaves what somebody has named after, or built FROM, an image that goes', async () => {
  built(1);
  const { images } = scene.machine;
  images.tag(referenceOf(1), 'my/keep:1');
  const children = Array.from({ length: 14 }, (_, index) =>
    images.buildFrom(referenceOf(1), `my/own:${index}`),
  );
  const nameless = Array.from({ length: 14 }, (_, index) => images.buildFrom(`my/own:${index}`));
  for (const version of [2, 3]) pruner.served(SERVICE, built(version));
  await clock.advance(10_000);
  expect(images.references).toEqual(
    [
      ...['my/keep:1', referenceOf(2), referenceOf(3)],
      ...[...children, ...nameless].flatMap(({ references }) => references),
    ].sort(),
  );
});
