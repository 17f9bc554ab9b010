// `npm run up` with nothing to do where there are 500 apps.

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunEvent } from '../../src/run/events.ts';
import type { Bench } from '../support/bench/bench.ts';
import { figuresOf } from '../support/bench/figures.ts';
import { inTurn, timed } from '../support/bench/in-turn.ts';
import { openManyApps } from '../support/bench/many-apps-project.ts';

const APPS = 500;
const ROUNDS = 10;
const GOAL_MS = 1_000;
const projectFolder = join(import.meta.dirname, '../..');
const UP = 'up';

export const bench: Bench = {
  name: 'many-apps',
  title: `\`up\` with nothing to do, ${APPS} apps`,
  async run({ commands, signal, env, report }) {
    await using many = await openManyApps(APPS);
    const up = (): Promise<number> =>
      timed(async () => {
        const args = [
          'scripts/start.mjs',
          'up',
          '--json',
          '--images',
          'registry',
          '--config',
          many.configFile,
        ];
        const command = {
          program: process.execPath,
          args,
          cwd: projectFolder,
          env: { ...env, ...many.env },
          signal,
        };
        const end = JSON.parse((await commands.run(command)).stdout.trim().split('\n').at(-1)!) as RunEvent;
        if (end.type !== 'run-ended' || end.outcome !== 'nothing-to-do')
          throw new Error(`up was not done at once: ${JSON.stringify(end)}`);
      });
    // A file that was written a moment ago may be written again unseen: what was read of it is not remembered.
    await sleep(2_500, undefined, { signal });
    report('the first time, the long way');
    const firstMs = await up();
    const ways = await inTurn({ rounds: ROUNDS, signal, report, ways: { [UP]: up } });
    const { median } = figuresOf(ways[0]!.values);
    return {
      about: [
        `An API server and an engine that are none, with the answers, sizes and delays of real ones: ${APPS} releases,`,
        `each with a Deployment, a ReplicaSet, a pod, a Service and an EndpointSlice. The first look, which`,
        `remembers nothing, took ${Math.round(firstMs)} ms.`,
      ].join('\n'),
      series: [{ title: 'Until the command has ended', unit: 'ms', ways }],
      goals: [{ text: `at most ${GOAL_MS} ms: ${Math.round(median)} ms`, isMet: median <= GOAL_MS }],
    };
  },
};
