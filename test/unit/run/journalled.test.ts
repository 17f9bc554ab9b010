import { describe, expect, test } from 'vitest';
import type { Resource, Step } from '../../../src/plan/step.ts';
import {
  type Kept,
  recordMaking,
  recordRemoval,
  type Remove,
  settleJournal,
} from '../../../src/run/journalled.ts';
import { clusterResource, openScene } from '../up/scene.ts';

const step: Step = {
  ...{ id: 'cluster:x', group: 'cluster', subject: 'x', title: 'Cluster x', needs: [] },
  ...{ lane: 'cluster', action: 'do', reason: 'not there yet', resource: clusterResource },
};
const error = new Error('no space');

describe('recordMaking', () => {
  test('the intent is recorded before the act, and the success after it', async () => {
    await using scene = await openScene();
    const { journal, task } = scene;
    const perform = recordMaking(journal, async (_step, _task, intend) => {
      const before = journal.markOf(clusterResource);
      await intend();
      return `${before}, then ${journal.markOf(clusterResource)}`;
    });
    expect(await perform(step, task)).toBe('undefined, then intended');
    expect(journal.markOf(clusterResource)).toBe('made');
  });

  test('what failed may be there half made', async () => {
    await using scene = await openScene();
    const perform = recordMaking(scene.journal, async (_step, _task, intend) => {
      await intend();
      throw error;
    });
    await expect(perform(step, scene.task)).rejects.toBe(error);
    expect(scene.journal.markOf(clusterResource)).toBe('intended');
  });

  test('what was refused before anything was made was never intended', async () => {
    await using scene = await openScene();
    const perform = recordMaking(scene.journal, () => Promise.reject(error));
    await expect(perform(step, scene.task)).rejects.toBe(error);
    expect(scene.journal.outstanding()).toEqual([]);
  });

  test('a step that makes nothing is not recorded', async () => {
    await using scene = await openScene();
    const perform = recordMaking(scene.journal, async () => 'a note');
    expect(await perform({ ...step, resource: undefined }, scene.task)).toBe('a note');
    expect(scene.journal.outstanding()).toEqual([]);
  });
});

describe('recordRemoval', () => {
  test('what is removed is gone, and not before', async () => {
    await using scene = await openScene();
    await scene.journal.record('made', clusterResource);
    const perform = recordRemoval(scene.journal, async () => ({
      end: 'removed',
      note: `was ${scene.journal.markOf(clusterResource)}`,
    }));
    expect(await perform(step, scene.task)).toBe('was made');
    expect(scene.journal.outstanding()).toEqual([]);
  });

  test.each([
    ['ours and in use stays recorded', true, 'made'],
    ['somebody else’s is forgotten', false, undefined],
  ] as const)('what is kept because it is %s', async (_title, isOurs, mark) => {
    await using scene = await openScene();
    await scene.journal.record('made', clusterResource);
    const kept: Kept[] = [];
    const remove: Remove = async () => ({ end: 'kept', reason: 'is in use', isOurs });
    const perform = recordRemoval(scene.journal, remove, (what) => void kept.push(what));
    expect(await perform(step, scene.task)).toBe('kept: it is in use');
    expect(scene.journal.markOf(clusterResource)).toBe(mark);
    expect(kept).toEqual([{ resource: clusterResource, reason: 'is in use' }]);
  });

  test('what could not be removed is not gone', async () => {
    await using scene = await openScene();
    await scene.journal.record('made', clusterResource);
    const perform = recordRemoval(scene.journal, () => Promise.reject(error));
    await expect(perform(step, scene.task)).rejects.toBe(error);
    expect(scene.journal.markOf(clusterResource)).toBe('made');
  });
});

describe('settleJournal', () => {
  const image: Resource = { kind: 'image', reference: 'a:sha-1', after: [] };
  const skipped = (group: Step['group'], resource: Resource): Step => ({
    ...{ ...step, group, subject: 'a', action: 'skip', resource },
  });
  const nothing = { images: new Set<string>(), artifacts: new Set<string>() };

  test.each([
    ['what is there as made', skipped('cluster', clusterResource), nothing, 'made'],
    [
      'an image that is there as made',
      skipped('image', image),
      { ...nothing, images: new Set(['a:sha-1']) },
      'made',
    ],
    [
      'an artifact that is there as made',
      skipped('artifact', image),
      { ...nothing, artifacts: new Set(['a']) },
      'made',
    ],
    ['an image that nobody needs now as gone', skipped('image', image), nothing, undefined],
    ['nothing of what is still to do', { ...step, resource: image }, nothing, 'intended'],
  ] as const)('records %s', async (_title, planned, observed, expected) => {
    await using scene = await openScene();
    await scene.journal.record('intended', planned.resource!);
    await settleJournal(scene.journal, [planned], observed);
    expect(scene.journal.markOf(planned.resource!)).toBe(expected);
  });
});
