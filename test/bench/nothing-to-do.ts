// `npm run up` where nothing is to be done: how long one waits for being told so.

import { join } from 'node:path';
import type { RunEvent } from '../../src/run/events.ts';
import type { Bench, BenchScene } from '../support/bench/bench.ts';
import { figuresOf } from '../support/bench/figures.ts';
import { inTurn, timed } from '../support/bench/in-turn.ts';

const ROUNDS = 20;
const GOAL_MS = 500;
const projectFolder = join(import.meta.dirname, '../..');
const UP = 'npm run up';
const RUNNER = 'scripts/start.mjs up';
const NODE = 'node --version';

export const bench: Bench = {
  name: 'nothing-to-do',
  title: '`up` with nothing to do',
  async run(scene) {
    const { signal, report } = scene;
    // Asked of the plan before every run: this bench brings nothing up, and must change nothing.
    const isUp = (): Promise<boolean> =>
      run(scene, process.execPath, ['scripts/plan.ts', '--json']).then(hasNothingToDo, () => false);
    if (!(await isUp()))
      return { notMeasured: 'the default environment is not up; bring it up with `npm run up`' };
    const up = async (program: string, args: readonly string[]): Promise<number> => {
      if (!(await isUp())) throw new Error('something has changed meanwhile: there is something to do now');
      let lines: string[] = [];
      const took = await timed(async () => (lines = await run(scene, program, args)));
      const end = lines.map((line) => JSON.parse(line) as RunEvent).at(-1);
      if (end?.type !== 'run-ended' || end.outcome !== 'nothing-to-do')
        throw new Error(`up was not done at once: ${JSON.stringify(end)}`);
      return took;
    };
    const ways = await inTurn({
      ...{ rounds: ROUNDS, signal, report },
      ways: {
        [UP]: () => up('npm', ['run', '--silent', 'up', '--', '--json']),
        [RUNNER]: () => up(process.execPath, ['scripts/start.mjs', 'up', '--json']),
        [NODE]: () => timed(() => run(scene, process.execPath, ['--version'])),
      },
    });
    const { values } = ways.find(({ name }) => name === RUNNER)!;
    const median = figuresOf(values).median;
    return {
      about: [
        'The default environment is up and nothing has changed. Each run looks at engine, cluster, releases and',
        'sources, plans, and says that there is nothing to do. `node --version` is what starting Node alone takes.',
      ].join(' '),
      series: [{ title: 'Until the command has ended', unit: 'ms', against: RUNNER, ways }],
      goals: [
        { text: `${RUNNER}: at most ${GOAL_MS} ms: ${Math.round(median)} ms`, isMet: median <= GOAL_MS },
      ],
    };
  },
};

/** Of the lines of a plan: notes, and steps that are all skipped. */
function hasNothingToDo(lines: readonly string[]): boolean {
  const parsed = lines.map((line) => JSON.parse(line) as { type?: string; action?: string });
  return parsed.every(({ type, action }) => type === 'note' || action === 'skip');
}

/** Lines of standard output. */
async function run(
  { commands, signal }: BenchScene,
  program: string,
  args: readonly string[],
): Promise<string[]> {
  const { stdout } = await commands.run({ program, args, cwd: projectFolder, signal });
  return stdout.trim().split('\n');
}
