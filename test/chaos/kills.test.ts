// `up`, `up` with a change, `watch` and `down` on a real cluster, killed at every boundary of their journal. Each run
// goes on from what the killed one before it has left.

import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import type { RunEvent } from '../../src/run/events.ts';
import { canary } from '../support/chaos/canary.ts';
import { ChaosProject, isFull, type Ordeal } from '../support/chaos/chaos-project.ts';
import { faults } from '../support/chaos/faults.ts';
import { needEngine } from '../support/need-engine.ts';
import type { SlipwayProcess } from '../support/watched-project.ts';

type Ended = Extract<RunEvent, { type: 'service-ended' }>;

describe('an environment on a real cluster', () => {
  let chaos: ChaosProject;
  let count = 0;

  beforeAll(async () => {
    if (!inject('engineProblem')) chaos = await ChaosProject.make();
  });
  beforeEach((context) => {
    context.skip(process.platform !== 'linux', 'what a killed run has started is found in /proc');
    needEngine(context);
  });
  afterAll(async () => {
    process.stderr.write(`an environment on a real cluster was killed at ${count} boundaries\n`);
    await chaos?.[Symbol.asyncDispose]();
  });

  /** It was killed before and after everything of these kinds, and where else an undisturbed run passes. */
  function expectAll({ killed }: Ordeal, kinds: readonly string[]): void {
    count += killed.length;
    process.stderr.write(`${killed.map((boundary) => `  killed ${boundary}\n`).join('')}`);
    for (const kind of kinds) expect(killed).toContainEqual(expect.stringContaining(kind));
  }

  test('an up that is killed everywhere comes to the same as one that nobody disturbs', async () => {
    const ordeal = await chaos.killEverywhere('up', ['--yes']);
    expectAll(ordeal, [
      'before made cluster:',
      'before made image:',
      'before made namespace:',
      'before made release:',
    ]);
    const disturbed = await chaos.look();
    await chaos.run('down', ['--keep-cluster']);
    const passed = await chaos.boundariesOf('up', []);
    expect(ordeal.killed).toEqual(expect.arrayContaining([...passed]));
    expect(disturbed).toEqual(await chaos.look());
    expect(disturbed['pending']).toEqual([]);
  });

  test('and has nothing left to do', async () => {
    const { events } = await chaos.run('up');
    expect(events.at(-1)).toMatchObject({ type: 'run-ended', outcome: 'nothing-to-do' });
  });

  faults(() => chaos);
  canary(() => chaos);

  test('an up with a change that is killed everywhere brings the change', async () => {
    const before = await chaos.look();
    await chaos.project.answer('alpha', 'second');
    expectAll(await chaos.killEverywhere('up', []), ['made image:', 'made release:']);
    const after = await chaos.look();
    expect(after['releases']).not.toEqual(before['releases']);
    expect({ ...after, releases: [], images: [], journal: [] }).toEqual({
      ...{ ...before, releases: [], images: [], journal: [] },
    });
    expect(after['journal']!.filter((line) => line.startsWith('intended'))).toEqual([]);
  });

  test('a watch that is killed everywhere brings what was changed meanwhile', async (context) => {
    context.skip(!isFull, 'only with npm test -- --full');
    let change = 0;
    const text = (): string => `watched ${change}`;
    const ordeal = await chaos.killEverywhere('watch', [], async (run) => {
      // It may be killed before it watches; then the next one finds this change.
      const watching = await run.next((event) => event.type === 'watch-started').catch(() => undefined);
      if (!watching) return;
      change++;
      await chaos.project.answer('alpha', text());
      const end = await run.next(isEnd).catch(() => undefined);
      if (end) await stop(run, end);
    });
    expectAll(ordeal, ['image:']);
    const { events } = await chaos.run('up');
    expect(events.at(-1)).toMatchObject({ outcome: 'nothing-to-do' });
  });

  test('a down that is killed everywhere leaves nothing', async () => {
    const ordeal = await chaos.killEverywhere('down', []);
    expectAll(ordeal, [
      'before gone release:',
      'before gone namespace:',
      'before gone cluster:',
      'before gone image:',
    ]);
    expect(await chaos.leftovers()).toEqual([]);
  });
});

function isEnd(event: RunEvent): event is Ended {
  return event.type === 'service-ended' && event.outcome !== 'superseded';
}

async function stop(run: SlipwayProcess, end: Ended): Promise<void> {
  await run.stop();
  expect(end.outcome).toBe('served');
}
