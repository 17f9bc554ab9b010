import { describe, expect, test } from 'vitest';
import {
  nextState,
  problemsAfterBuilding,
  problemsAfterInstalling,
  problemsAfterLoading,
  problemsAfterPending,
  problemsAfterReady,
  type ReleaseState,
  statesAfter,
} from '../../../src/plan/release-state.ts';

const all: ReleaseState[] = [
  'Building',
  'Loading',
  'Installing',
  'Pending',
  'Running',
  'Ready',
  'Failed',
  'Upgrading',
];

function walk(...path: ReleaseState[]): ReleaseState | undefined {
  return path.reduce<ReleaseState | undefined>((from, to) => nextState(from, to), undefined);
}

describe('the states of a release', () => {
  test.each([
    ['a first install', ['Building', 'Loading', 'Installing', 'Pending', 'Running', 'Ready']],
    ['images are in the engine', ['Loading', 'Installing', 'Pending', 'Running', 'Ready']],
    ['images are in the nodes', ['Installing', 'Pending', 'Running', 'Ready']],
    ['nothing but waiting', ['Pending', 'Running', 'Ready']],
    [
      'an upgrade of one that is ready',
      ['Pending', 'Running', 'Ready', 'Upgrading', 'Pending', 'Running', 'Ready'],
    ],
    ['a repair of one that failed', ['Installing', 'Failed', 'Upgrading', 'Pending', 'Running', 'Ready']],
    ['a rebuild', ['Pending', 'Running', 'Ready', 'Building', 'Loading', 'Upgrading', 'Pending']],
  ] as [string, ReleaseState[]][])('%s is possible', (_, path) => {
    expect(walk(...path)).toBe(path.at(-1));
  });

  test('every state but Failed can fail, and Failed leads back to work', () => {
    expect(all.filter((state) => statesAfter(state).includes('Failed'))).toEqual(
      all.filter((state) => state !== 'Failed'),
    );
    expect(statesAfter('Failed')).toEqual(['Building', 'Loading', 'Installing', 'Upgrading']);
  });

  test('a jump over a state is a bug and says so', () => {
    expect(() => nextState('Building', 'Ready')).toThrow('a release cannot go from Building to Ready');
    expect(() => nextState('Pending', 'Ready')).toThrow('from Pending to Ready');
    expect(() => nextState(undefined, 'Ready')).toThrow('from its beginning to Ready');
    expect(() => nextState('Ready', 'Installing')).toThrow('from Ready to Installing');
  });

  test('no state follows itself', () => {
    for (const state of all) expect(() => nextState(state, state)).toThrow(`from ${state} to ${state}`);
  });
});

describe('the validation points', () => {
  test('after Building an image must be smaller than its limit', () => {
    const image = { name: 'backend', limitBytes: 250 };
    expect(problemsAfterBuilding([{ ...image, sizeBytes: 249 }])).toEqual([]);
    expect(problemsAfterBuilding([{ ...image, sizeBytes: 250 }])).toEqual([
      'image backend has 250 bytes, its limit is 250',
    ]);
  });

  test('after Loading every node must list every image', () => {
    const listed = new Map([
      ['one', new Set(['a:1', 'b:1'])],
      ['two', new Set(['a:1'])],
    ]);
    expect(problemsAfterLoading(['a:1'], listed)).toEqual([]);
    expect(problemsAfterLoading(['a:1', 'b:1'], listed)).toEqual(['node two lacks b:1']);
    expect(problemsAfterLoading([], new Map())).toEqual(['the cluster has no node']);
  });

  test('after Installing helm must list the release as deployed', () => {
    const release = { name: 'web', namespace: 'todo' };
    expect(problemsAfterInstalling(release, [{ ...release, status: 'deployed' }])).toEqual([]);
    expect(
      problemsAfterInstalling(release, [{ ...release, namespace: 'other', status: 'deployed' }]),
    ).toEqual(['helm does not list release todo/web']);
    expect(problemsAfterInstalling(release, [{ ...release, status: 'failed' }])).toEqual([
      'helm lists release todo/web as failed',
    ]);
  });

  test('after Pending every pod must run or have ended well', () => {
    expect(
      problemsAfterPending([
        { name: 'a', phase: 'Running' },
        { name: 'b', phase: 'Succeeded' },
        { name: 'c', phase: 'Pending' },
      ]),
    ).toEqual(['pod c is Pending']);
  });

  test('after Ready probes must pass and services must have endpoints', () => {
    const good = { pods: [{ name: 'a', isReady: true }], services: [{ name: 's', readyAddresses: 1 }] };
    expect(problemsAfterReady(good)).toEqual([]);
    expect(
      problemsAfterReady({
        pods: [{ name: 'a', isReady: false }],
        services: [{ name: 's', readyAddresses: 0 }],
      }),
    ).toEqual(['pod a does not pass its readiness probe', 'service s has no ready endpoint']);
  });
});
