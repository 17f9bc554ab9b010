// Taking an environment down, everything verified, against `kind delete cluster`, which verifies nothing.

import type { Bench, Way } from '../support/bench/bench.ts';
import { ratioOf } from '../support/bench/figures.ts';
import { inTurn, timed } from '../support/bench/in-turn.ts';
import { openSmallReleases } from '../support/bench/small-releases.ts';
import { openRealTools } from '../support/real-cluster.ts';

const ROUNDS = 3;
const RELEASES = 10;
const GOAL_TIMES = 1.5;
const DOWN = 'slipway down';
const NOW = 'slipway down --now';
const KIND = 'kind delete cluster';

export const bench: Bench = {
  name: 'down',
  title: 'Taking an environment down',
  async run(scene) {
    const { signal, report, commands, env } = scene;
    const { kind } = await openRealTools(signal);
    await using releases = await openSmallReleases(scene, { name: 'ending' });
    await releases.declare(RELEASES, 'any');
    const bringUp = async (): Promise<void> => {
      report(`bringing ${RELEASES} releases up`);
      await releases.slipway('up');
    };
    const ways = await inTurn({
      ...{ rounds: ROUNDS, signal, report },
      ways: {
        [DOWN]: async () => {
          await bringUp();
          return timed(() => releases.slipway('down'));
        },
        [NOW]: async () => {
          await bringUp();
          return timed(() => releases.slipway('down', '--now'));
        },
        [KIND]: async () => {
          await bringUp();
          const args = [
            'delete',
            'cluster',
            '--name',
            releases.cluster,
            '--kubeconfig',
            releases.kubeconfigFile,
          ];
          const took = await timed(() => commands.run({ program: kind, args, env, signal }));
          // What kind leaves: network, state.
          await releases.slipway('down');
          return took;
        },
      },
    });
    const [, ours, theirs] = ways as [Way, Way, Way];
    const ratio = ratioOf(ours, theirs);
    return {
      about: [
        `A cluster with ${RELEASES} releases. \`down\` looks first at what is there, ends what is in it one by one, in reverse`,
        'order, and verifies that nothing is left. With `--now` the cluster goes with all that is in it, as with kind.',
      ].join('\n'),
      series: [{ title: 'Until the command has ended', unit: 'ms', against: KIND, ways }],
      goals: [
        {
          text: `down --now at most ${GOAL_TIMES} times as long as kind: ${ratio.toFixed(2)}`,
          isMet: ratio <= GOAL_TIMES,
        },
      ],
    };
  },
};
