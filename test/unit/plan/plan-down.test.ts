import { describe, expect, test } from 'vitest';
import { planDown } from '../../../src/plan/plan-down.ts';
import { resourceKey, type Resource } from '../../../src/plan/step.ts';
import { orderByNeeds } from '../../../src/plan/graph.ts';

const made: Resource[] = [
  { kind: 'image', reference: 'backend:sha-1', after: [] },
  { kind: 'cluster', name: 'c', driver: 'kind', after: [] },
  { kind: 'namespace', name: 'todo', after: ['cluster:c'] },
  { kind: 'secret', name: 's', namespace: 'todo', after: ['namespace:todo'] },
  { kind: 'release', name: 'postgres', namespace: 'todo', after: ['namespace:todo', 'secret:todo/s'] },
  { kind: 'release', name: 'backend', namespace: 'todo', after: ['namespace:todo', 'release:todo/postgres'] },
];
const all = { keepCluster: false, keepImages: false };

describe('planDown', () => {
  test('removes in the exact reverse of the order of making', () => {
    expect(orderByNeeds(planDown(made, all)).map((step) => step.id)).toEqual(
      [...made].reverse().map(resourceKey),
    );
  });

  test('removes nothing while something made on top of it is there', () => {
    const needs = Object.fromEntries(planDown(made, all).map((step) => [step.id, step.needs]));
    expect(needs['release:todo/postgres']).toEqual(['release:todo/backend']);
    expect(needs['cluster:c']).toEqual(['namespace:todo']);
    expect(needs['image:backend:sha-1']).toEqual(['cluster:c']);
  });

  test('leaves what is inside to the cluster where there is a reason for it', () => {
    const reason = 'goes with the cluster (--now)';
    const steps = planDown(made, { ...all, goesWithCluster: reason });
    const actions = steps.map((step) => [step.group, step.action]);
    expect(steps.find(({ group }) => group === 'release')?.reason).toBe(reason);
    expect(actions).toEqual([
      ['release', 'skip'],
      ['release', 'skip'],
      ['secret', 'skip'],
      ['namespace', 'skip'],
      ['cluster', 'do'],
      ['image', 'do'],
    ]);
  });

  test('gets helm first where it is not there, and only for releases that are taken away', () => {
    const missingHelm = { id: 'helm', title: 'helm' };
    const [first, ...removals] = planDown(made, { ...all, missingHelm });
    expect(first).toMatchObject({ id: 'artifact:helm', action: 'do' });
    const waiting = removals.filter(({ needs }) => needs.includes('artifact:helm'));
    expect(waiting.map(({ group }) => group)).toEqual(['release', 'release']);
    const groups = planDown(made, { ...all, missingHelm, goesWithCluster: 'it does not answer' });
    expect(groups.map(({ group }) => group)).not.toContain('artifact');
  });

  test('custom resources go after what brought them and before the program that tends them', () => {
    const addon: Resource = {
      ...{ kind: 'release', name: 'dapr', namespace: 'dapr-system', groups: ['dapr.io'] },
      after: ['namespace:dapr-system'],
    };
    const steps = planDown(
      [
        { kind: 'namespace', name: 'dapr-system', after: [] },
        { kind: 'namespace', name: 'todo', after: [] },
        addon,
        {
          ...{ kind: 'release', name: 'components', namespace: 'todo' },
          after: ['namespace:todo', resourceKey(addon)],
        },
      ],
      all,
    );
    expect(orderByNeeds(steps).map((step) => step.id)).toEqual([
      'release:todo/components',
      'custom-resources:dapr',
      'namespace:todo',
      'release:dapr-system/dapr',
      'namespace:dapr-system',
    ]);
    const removal = steps.find((step) => step.group === 'custom-resources')!;
    expect(removal).toMatchObject({ title: 'Remove custom resources of dapr', action: 'do' });
    expect(removal.needs).toEqual(['release:todo/components']);
    expect(
      planDown([addon], { ...all, goesWithCluster: 'it does not answer' }).map((step) => step.action),
    ).toEqual([...['skip', 'skip']]);
  });

  test('keeps what it is told to keep', () => {
    const kept = planDown(made, { ...all, keepCluster: true, keepImages: true }).filter(
      (step) => step.action === 'skip',
    );
    expect(kept.map((step) => step.group)).toEqual(['cluster', 'image']);
  });
});
