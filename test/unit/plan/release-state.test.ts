import { describe, expect, test } from 'vitest';
import {
  nextState,
  problemsAfterInstalling,
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
});
