// An image into the node of a cluster: the first time, and again with its top layer changed.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bench, BenchScene, Measured, Series, Way } from '../support/bench/bench.ts';
import { figuresOf, ratioOf, wayOf } from '../support/bench/figures.ts';
import { inTurn, timed } from '../support/bench/in-turn.ts';
import { LargeImage } from '../support/bench/large-image.ts';
import { forgetImage, KIND, loadWays, OURS, SAVE, type LoadWay } from '../support/bench/load-ways.ts';
import { removeLabelled } from '../support/layered-image.ts';
import { makeRealCluster, openRealTools, type RealCluster } from '../support/real-cluster.ts';

const FIRST_ROUNDS = 5;
const AGAIN_ROUNDS = 8;
const CHANGED = 'the files that changed';

export const bench: Bench = {
  name: 'image-load',
  title: 'Loading an image into a node',
  async run(scene) {
    const { signal, report } = scene;
    await using cleaning = new AsyncDisposableStack();
    report('making a cluster');
    const cluster = cleaning.use(await makeRealCluster(await openRealTools(signal), signal));
    const { images } = cluster.tools;
    const folder = await mkdtemp(join(tmpdir(), 'slipway-bench-'));
    cleaning.defer(() => rm(folder, { recursive: true, force: true }));
    const labels = { 'dev.slipway.bench': cluster.name };
    // With a signal of its own: also after a stop.
    cleaning.defer(() => removeLabelled(images, labels, AbortSignal.timeout(60_000)));
    report('building the image');
    const image = new LargeImage({ images, name: cluster.name, folder, labels, signal });
    const { id } = await image.buildBase();
    const { ours, peers } = await loadWays(cluster, scene);

    const first = await inTurn({
      ...{ rounds: FIRST_ROUNDS, signal, report },
      ways: takers(cluster, [ours[0]!, ...peers], scene, {
        make: async () => image.base,
        clean: (reference) => forgetImage(cluster.nodes[0]!, { reference, id }, scene),
      }),
    });
    // By kind: so the node has the archives of these layers too, which is the best case for the others.
    await peers[0]!.load(image.base);
    const sentBytes: number[] = [];
    const again = await inTurn({
      ...{ rounds: AGAIN_ROUNDS, signal, report },
      ways: takers(cluster, [...ours, ...peers], scene, {
        make: () => image.buildNext(),
        clean: async (reference) => void (await images.remove(reference, signal)),
        onSent: (way, bytes) => way === OURS && sentBytes.push(bytes),
      }),
    });
    return measuredOf(image, { first, again, sentBytes });
  },
};

interface Take {
  readonly make: () => Promise<string>;
  readonly clean: (reference: string) => Promise<void>;
  readonly onSent?: (way: string, bytes: number) => unknown;
}

/** Each loads once, makes sure that the image got there, and gives how long the load took. */
function takers(
  { tools, nodes }: RealCluster,
  ways: readonly LoadWay[],
  { signal }: BenchScene,
  { make, clean, onSent }: Take,
): Record<string, () => Promise<number>> {
  const take = async ({ name, load }: LoadWay): Promise<number> => {
    const reference = await make();
    let bytes: number | undefined;
    const took = await timed(async () => (bytes = await load(reference)));
    const present = await tools.loader.present({ references: [reference], nodes }, signal);
    if (present.length !== nodes.length) throw new Error(`${name}: ${reference} did not get into the node`);
    if (bytes !== undefined) onSent?.(name, bytes);
    await clean(reference);
    return took;
  };
  return Object.fromEntries(ways.map((way) => [way.name, () => take(way)]));
}

function measuredOf(
  { baseBytes, topBytes }: LargeImage,
  found: {
    readonly first: readonly Way[];
    readonly again: readonly Way[];
    readonly sentBytes: readonly number[];
  },
): Measured {
  const first: Series = { title: 'First load', unit: 'ms', against: OURS, ways: found.first };
  const again: Series = {
    title: 'Load with a changed top layer',
    unit: 'ms',
    against: OURS,
    ways: found.again,
  };
  const changed = { name: CHANGED, values: found.sentBytes.map(() => topBytes) };
  const sent = { name: `${OURS} sends`, values: found.sentBytes };
  const bytes: Series = {
    title: 'Bytes with a changed top layer',
    unit: 'bytes',
    against: CHANGED,
    ways: [changed, sent],
  };
  const times = (series: Series, peer: string): number => ratioOf(wayOf(series, peer), wayOf(series, OURS));
  const share = figuresOf(found.sentBytes).max / topBytes;
  return {
    about: [
      `An image of ${Math.round((baseBytes + topBytes) / 1e6)} MB in four layers (large files, 4000 small ones, a few`,
      `more, and ${(topBytes / 1e6).toFixed(1)} MB in 290 files on top) goes into the one node of a kind cluster. After each`,
      'load the image is looked for on the node by its digest, outside the time. What Slipway takes holds its own such',
      'check. `without root` reads layers through the engine and speaks with the node by `docker exec`; `by docker',
      'save` is what is left where no layer can be read singly.',
    ].join(' '),
    series: [first, again, bytes],
    goals: [
      {
        text: `again, at least 10 times as fast as kind load: ${times(again, KIND).toFixed(1)}`,
        isMet: times(again, KIND) >= 10,
      },
      {
        text: `the first load not slower than kind load or ${SAVE}: ${times(first, KIND).toFixed(2)} and ${times(first, SAVE).toFixed(2)} times as fast`,
        isMet: times(first, KIND) >= 1 && times(first, SAVE) >= 1,
      },
      {
        text: `at most 1.1 times the bytes that changed: ${share.toFixed(3)}`,
        isMet: share <= 1.1,
      },
    ],
  };
}
