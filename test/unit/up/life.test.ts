// The life of an environment on fakes, from its first `up` to its `down`, broken at every single call on the way.

import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Failure } from '../../../src/failure.ts';
import type { Fault } from '../../fakes/fault-gate.ts';
import { EnvironmentStory, type PlayedRun } from '../../support/environment-story.ts';
import type { MachineLook } from '../../support/machine-look.ts';
import { smallPlot } from '../../support/small-environment.ts';

type Look = MachineLook;

const nothing: Look = { images: [], loaded: [], objects: [], releases: [], journal: [], files: [] };

/** What is there after a life without faults, and what was called on the way. */
async function playUndisturbed(): Promise<{ up: PlayedRun; down: PlayedRun; look: Look }> {
  await using story = await EnvironmentStory.begin(smallPlot);
  const up = await story.up();
  const look = await story.look();
  return { up, look, down: await story.down() };
}

const undisturbed = await playUndisturbed();

/** The same with a change of a source after the first up. */
async function playChange(fault?: Fault): Promise<{ up: PlayedRun; story: EnvironmentStory }> {
  const story = await EnvironmentStory.begin(smallPlot);
  await story.up();
  await story.edit('apps/backend/main.ts', 'the second backend');
  return { up: await story.up(fault), story };
}

async function lookAfterChange(): Promise<{ up: PlayedRun; look: Look }> {
  const { up, story } = await playChange();
  await using _ended = story;
  return { up, look: await story.look() };
}

const changed = await lookAfterChange();
let broken = 0;

const CHANGE = /\.(perform|make|build|load|create|start|apply|remove|uninstall|delete|record)$/;
const LIFE: readonly Fault['how'][] = ['failure', 'interrupt', 'kill', 'power-cut'];

/**
 * The faults of one step: before it begins, and after each call that changes something, of which the first is the step
 * as a whole. What breaks elsewhere finds the same as what breaks after the change before it.
 */
function faultsIn(run: PlayedRun, scope: string, kinds: readonly Fault['how'][]): Fault[] {
  const changes = run.calls.filter((call) => call.scope === scope && CHANGE.test(call.name));
  return kinds.flatMap((how) => [
    { scope, call: 0, when: 'before', how },
    // Between the act and its record there is only a kill, and a power cut, which tears what is being written.
    ...changes
      .filter(({ name }) => how === 'kill' || (how === 'power-cut') === (name === 'journal.record'))
      .map(({ index }): Fault => ({ scope, call: index, when: 'after', how })),
  ]);
}

/** Breaks the first up, and expects the second one to bring about the same as without that, and down to take it away. */
async function playBrokenUp(fault: Fault): Promise<void> {
  broken++;
  await using story = await EnvironmentStory.begin(smallPlot);
  const { hasFired } = await story.up(fault);
  const { error } = await story.up();
  const look = await story.look();
  const { todo } = await story.up();
  const expected = { hasFired: true, error: undefined, look: undisturbed.look, todo: [] };
  expect({ fault, hasFired, error, look, todo }).toEqual({ fault, ...expected });
  const down = await story.down();
  expect({ fault, error: down.error, look: await story.look() }).toEqual({
    ...{ fault, error: undefined },
    look: nothing,
  });
}

/** Goes straight from a broken up to down. */
async function playAbandonedUp(fault: Fault): Promise<void> {
  broken++;
  await using story = await EnvironmentStory.begin(smallPlot);
  const { hasFired } = await story.up(fault);
  const { error } = await story.down();
  expect({ fault, hasFired, error, ...(await story.look()) }).toEqual({
    ...{ fault, hasFired: true, error: undefined },
    ...nothing,
  });
}

/** Breaks down, and expects the next one to take away what is left. */
async function playBrokenDown(fault: Fault): Promise<void> {
  broken++;
  await using story = await EnvironmentStory.begin(smallPlot);
  await story.up();
  const { hasFired } = await story.down(fault);
  const { error } = await story.down();
  expect({ fault, hasFired, error, look: await story.look() }).toEqual({
    ...{ fault, hasFired: true, error: undefined },
    look: nothing,
  });
}

/** Breaks an up that has a change to bring, and expects the next one to bring it. */
async function playBrokenChange(fault: Fault): Promise<void> {
  broken++;
  const { up, story } = await playChange(fault);
  await using _ended = story;
  const { error } = await story.up();
  const look = await story.look();
  expect({ fault, hasFired: up.hasFired, error, look }).toEqual({
    ...{ fault, hasFired: true, error: undefined },
    look: changed.look,
  });
  await story.down();
  expect(await story.look()).toEqual(nothing);
}

describe('an environment', () => {
  test('is made whole by the first up, and the second up does nothing', async () => {
    await using story = await EnvironmentStory.begin(smallPlot);
    const first = await story.up();
    expect([first.outcome, first.error]).toEqual(['done', undefined]);
    const made = await story.look();
    expect(made.releases).toHaveLength(4);
    const second = await story.up();
    expect([second.outcome, second.todo]).toEqual(['done', []]);
    expect(second.calls.filter(({ scope }) => scope !== 'observe')).toEqual([]);
    expect(await story.look()).toEqual(made);
  });

  test('follows an edit with what depends on it and nothing else', async () => {
    await using story = await EnvironmentStory.begin(smallPlot);
    await story.up();
    const before = await story.look();
    await story.edit('apps/backend/main.ts', 'the second backend');
    const { outcome, todo } = await story.up();
    expect(outcome).toBe('done');
    expect(todo).toEqual([
      ...['image:backend', 'budget:images', 'load:backend', 'policy:charts', 'release:backend'],
    ]);
    const after = await story.look();
    expect(after.objects).toEqual(before.objects);
    expect(after.images).toHaveLength(before.images.length + 1);
    expect((await story.up()).todo).toEqual([]);
  });

  test('is brought back from a stop, with nothing done anew', async () => {
    await using story = await EnvironmentStory.begin(smallPlot);
    await story.up();
    const before = await story.look();
    story.machine.driver.stop('slipway-small');
    const { outcome, todo } = await story.up();
    expect([outcome, todo]).toEqual(['done', []]);
    expect(await story.look()).toEqual(before);
  });

  test('is made anew, with what is in it, where somebody has deleted its cluster', async () => {
    await using story = await EnvironmentStory.begin(smallPlot);
    await story.up();
    const before = await story.look();
    story.machine.driver.forget('slipway-small');
    story.machine.unplug('slipway-small');
    const { outcome, todo } = await story.up();
    expect([outcome, todo.filter((id) => /^(image|artifact):/.test(id))]).toEqual(['done', []]);
    expect(await story.look()).toEqual(before);
  });

  test('is refused, and keeps what it knows, where somebody has made another cluster of its name', async () => {
    await using story = await EnvironmentStory.begin(smallPlot);
    await story.up();
    const { driver } = story.machine;
    driver.forget('slipway-small');
    story.machine.unplug('slipway-small');
    const spec = { name: 'slipway-small', configFile: '', nodeImage: undefined, ports: [] };
    const task = { signal: new AbortController().signal, report: () => undefined };
    await driver.create({ ...spec, kubeconfigFile: join(story.stateFolder, 'kubeconfig') }, task);
    const before = await story.look();
    for (const { outcome, error } of [await story.up(), await story.down()]) {
      expect(outcome).toBe('identity');
      expect((error as Failure).details.join('\n')).toMatch(
        /made by Slipway: kube-system uid uid-1[^]*uid-2/,
      );
    }
    expect(await story.look()).toEqual(before);
  });

  test('leaves nothing behind after down, not even after edits', async () => {
    await using story = await EnvironmentStory.begin(smallPlot);
    await story.up();
    await story.edit('apps/backend/main.ts', 'the second backend');
    await story.up();
    const down = await story.down();
    expect([down.outcome, down.error]).toEqual(['done', undefined]);
    expect(await story.look()).toEqual(nothing);
    expect((await story.down()).todo).toEqual([]);
  });
});

describe(
  'broken at any call, by a failure, an interrupt, a kill or a power cut,',
  { timeout: 60_000 },
  () => {
    afterAll(() => process.stderr.write(`an environment on fakes was broken at ${broken} places\n`));

    test('every step that the journal knows of is among those broken', () => {
      const ids = undisturbed.up.steps.flatMap(({ id, resource }) =>
        resource && undisturbed.look.journal.includes(`made ${JSON.stringify(resource)}`) ? [id] : [],
      );
      expect(ids).toHaveLength(undisturbed.look.journal.length);
      expect(undisturbed.up.todo).toEqual(expect.arrayContaining(ids));
    });

    test.each(undisturbed.up.todo)(
      '%s is made good by the next up, and down leaves nothing',
      async (scope) => {
        await Promise.all(faultsIn(undisturbed.up, scope, LIFE).map(playBrokenUp));
      },
    );

    test.each(undisturbed.up.todo)('%s is taken away by down alone', async (scope) => {
      await Promise.all(faultsIn(undisturbed.up, scope, ['kill', 'power-cut']).map(playAbandonedUp));
    });

    test.each(changed.up.todo)('%s of a change is brought by the next up', async (scope) => {
      await Promise.all(faultsIn(changed.up, scope, ['kill', 'power-cut']).map(playBrokenChange));
    });

    test.each(undisturbed.down.todo)('the removal of %s is finished by the next down', async (scope) => {
      await Promise.all(faultsIn(undisturbed.down, scope, ['kill', 'power-cut']).map(playBrokenDown));
    });
  },
);
