import { describe, expect, test } from 'vitest';
import type { ClusterObject } from '../../../src/kubernetes/client/cluster-api.ts';
import { HealthWatch, podHealthOf } from '../../../src/watch/pod-health.ts';

type State = 'ready' | 'starting' | 'crashing' | 'going' | 'done';

function pod(name: string, state: State): ClusterObject {
  const crash = { name: 'main', state: { waiting: { reason: 'CrashLoopBackOff' } } };
  return {
    ...{ apiVersion: 'v1', kind: 'Pod' },
    metadata: {
      ...{ name, namespace: 'todo', uid: name },
      ...(state === 'going' ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
    },
    status: {
      phase: state === 'done' ? 'Succeeded' : 'Running',
      conditions: [{ type: 'Ready', status: state === 'ready' ? 'True' : 'False' }],
      containerStatuses: state === 'crashing' ? [crash] : [],
    },
  };
}
const services = new Map(['a-1', 'a-2', 'b-1'].map((name) => [name, name[0]!]));

describe('podHealthOf', () => {
  test('counts the pods of each service that are to be there', () => {
    const pods = [
      pod('a-1', 'ready'),
      pod('a-2', 'crashing'),
      pod('b-1', 'done'),
      pod('stranger', 'starting'),
    ];
    expect(podHealthOf(pods, services)).toEqual(
      new Map([['a', { ready: 1, total: 2, trouble: 'a-2 is in CrashLoopBackOff' }]]),
    );
    expect(podHealthOf([pod('a-1', 'ready'), pod('a-2', 'going')], services).get('a')).toMatchObject({
      total: 1,
    });
    expect(podHealthOf([pod('a-1', 'starting')], services).get('a')?.trouble).toBe('a-1 is not ready');
  });
});

describe('HealthWatch', () => {
  const play = (looks: readonly { a: State; isBusy?: boolean }[]): string[] => {
    const watch = new HealthWatch();
    return looks.map(({ a, isBusy = false }) =>
      watch
        .take(podHealthOf([pod('a-1', a)], services), () => isBusy)
        .map(({ service, health }) => `${service} ${health.ready}/${health.total}`)
        .join(),
    );
  };

  test('tells what lasts for two looks, once, and that it is over', () => {
    expect(
      play([
        ...([{ a: 'ready' }, { a: 'ready' }, { a: 'starting' }, { a: 'ready' }] as const),
        ...([
          { a: 'crashing' },
          { a: 'crashing' },
          { a: 'crashing' },
          { a: 'ready' },
          { a: 'ready' },
        ] as const),
      ]),
    ).toEqual(['', '', '', '', '', 'a 0/1', '', '', 'a 1/1']);
  });

  test('leaves a service alone that is being worked on', () => {
    expect(
      play([
        { a: 'starting', isBusy: true },
        { a: 'starting', isBusy: true },
        { a: 'crashing', isBusy: true },
        { a: 'crashing' },
      ]),
    ).toEqual(['', '', '', 'a 0/1']);
  });
});
