// Releases of one small chart, against helmfile: nothing changed, and one changed.

import { mkdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { findFolders } from '../../src/state/state-folders.ts';
import { ArtifactCache } from '../../src/packages/artifact-cache.ts';
import { goBinary } from '../../src/packages/go-binary.ts';
import { observeGoToolchain } from '../../src/packages/go-toolchain.ts';
import type { Bench, BenchScene, Goal, Series } from '../support/bench/bench.ts';
import { ratioOf, wayOf } from '../support/bench/figures.ts';
import { inTurn, timed } from '../support/bench/in-turn.ts';
import { openSmallReleases, type Helmfile } from '../support/bench/small-releases.ts';
import { openRealTools } from '../support/real-cluster.ts';

/**
 * How many releases, and how much faster than helmfile a run with nothing to do has to be. With 200 of them a round takes
 * eight minutes.
 */
const SIZES = [
  { count: 10, times: 5, rounds: 3 },
  { count: 50, times: 20, rounds: 3 },
  { count: 200, times: 50, rounds: 1 },
];
const UP = 'slipway up';
const SYNC = 'helmfile sync';
const APPLY = 'helmfile apply';

export const bench: Bench = {
  name: 'helmfile',
  title: 'Many releases of one small chart, against helmfile',
  async run(scene) {
    const { signal, report } = scene;
    await using releases = await openSmallReleases(scene, { name: 'releases' });
    const helmfile: Helmfile = {
      program: await compile(scene, 'helmfile', 'github.com/helmfile/helmfile'),
      plugins: await makePlugins(scene, releases.folder),
      helm: (await openRealTools(signal)).helm,
    };
    const peer = (command: 'sync' | 'apply') => (): Promise<number> =>
      timed(() => releases.helmfile(helmfile, command));
    const up = (wanted: string) => (): Promise<number> =>
      timed(async () => {
        const outcome = await releases.slipway('up');
        if (outcome !== wanted) throw new Error(`up ended with ${outcome}, not with ${wanted}`);
      });
    const series: Series[] = [];
    const goals: Goal[] = [];
    for (const { count, times, rounds } of SIZES) {
      report(`bringing ${count} releases up`);
      await releases.declare(count, `before ${count}`);
      await releases.slipway('up');
      // Once more: a file that was written a moment ago is not trusted to be the same.
      await releases.slipway('up');
      await peer('sync')();
      const idle = await inTurn({
        rounds,
        signal,
        report,
        ways: { [UP]: up('nothing-to-do'), [SYNC]: peer('sync'), [APPLY]: peer('apply') },
      });
      const unchanged: Series = {
        ...{ title: `${count} releases, nothing changed`, unit: 'ms', against: UP, ways: idle },
      };
      series.push(unchanged);
      const change = (round: number): Promise<void> => releases.declare(count, `change ${count} ${round}`);
      const changed = await inTurn({
        ...{ rounds, signal, report },
        ways: {
          [UP]: async (round) => (await change(3 * round), up('done')()),
          [SYNC]: async (round) => (await change(3 * round + 1), peer('sync')()),
          [APPLY]: async (round) => (await change(3 * round + 2), peer('apply')()),
        },
      });
      series.push({ title: `${count} releases, one changed`, unit: 'ms', against: UP, ways: changed });
      for (const way of [SYNC, APPLY]) {
        const ratio = ratioOf(wayOf(unchanged, way), wayOf(unchanged, UP));
        goals.push({
          text: `${count} releases, nothing changed: at least ${times} times as fast as ${way}: ${ratio.toFixed(1)}`,
          isMet: ratio >= times,
        });
      }
    }
    return {
      about: [
        'A chart of one ConfigMap. Both bring the same releases into the same cluster, each into a namespace of its own,',
        'with the same helm. `helmfile apply` asks its plugin helm-diff about each release, and does what `sync` does for',
        'those that would change; it does so without validation, for helm-diff 3.13 and helm 4 do not agree on its flags,',
        'and for four releases at a time: all 200 at once end in timeouts of TLS on two cores.',
      ].join('\n'),
      series,
      goals,
    };
  },
};

/** A program compiled from its Go module, and kept in the cache. */
async function compile(
  { commands, env, signal, report }: BenchScene,
  name: 'helmfile' | 'helm-diff',
  path: string,
): Promise<string> {
  const folders = findFolders('', env, homedir());
  const cache = new ArtifactCache(join(folders.cache, 'artifacts'));
  const artifact = await goBinary(
    { cache, commands, ...(await observeGoToolchain(commands, signal)) },
    {
      id: `bench-${name}`,
      title: `${name} (compile)`,
      moduleFolder: join(import.meta.dirname, `${name}-cli`),
      packages: [{ path, output: name }],
      ldflags: '-s -w',
    },
  );
  await artifact.make({ signal, report: ({ text }) => report(`${name}: ${text}`) });
  return join(artifact.location, name);
}

/** A folder of helm's plugins, with helm-diff. */
async function makePlugins(scene: BenchScene, folder: string): Promise<string> {
  const plugins = join(folder, 'plugins');
  const command = await compile(scene, 'helm-diff', 'github.com/databus23/helm-diff/v3');
  await mkdir(join(plugins, 'diff'), { recursive: true });
  const manifest = { name: 'diff', version: '3.13.2', usage: 'diff', platformCommand: [{ command }] };
  await writeFile(join(plugins, 'diff/plugin.yaml'), stringify(manifest));
  return plugins;
}
