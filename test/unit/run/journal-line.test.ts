import { describe, expect, test } from 'vitest';
import { isJournalLine } from '../../../src/run/journal-line.ts';

const after = ['cluster:todo'];
const whole = [
  { kind: 'image', reference: 'a:1', after },
  { kind: 'cluster', name: 'todo', driver: 'kind', after: [] },
  { kind: 'namespace', name: 'todo', after },
  { kind: 'secret', name: 'a', namespace: 'todo', after },
  { kind: 'release', name: 'a', namespace: 'todo', after },
  { kind: 'release', name: 'a', namespace: 'todo', groups: ['dapr.io'], after },
  { kind: 'custom-resources', name: 'a', groups: ['dapr.io'], after },
];
const lineOf = (resource: unknown): Record<string, unknown> => ({ v: 1, at: 'now', mark: 'made', resource });

describe.each(whole)('a line about %j', (resource) => {
  test('is one', () => {
    for (const mark of ['intended', 'made', 'gone'])
      expect(isJournalLine({ ...lineOf(resource), mark, more: 'later' })).toBe(true);
  });

  test('is none where a field is missing or of another type', () => {
    for (const field of Object.keys(resource))
      for (const value of [undefined, null, 1, {}, [1], 'moon']) {
        const isAllowed =
          (field === 'groups' && resource.kind === 'release' && value === undefined) ||
          (value === 'moon' && !['kind', 'after', 'groups'].includes(field));
        expect(isJournalLine(lineOf({ ...resource, [field]: value })), `${field}: ${value}`).toBe(isAllowed);
      }
  });

  test('is none of another version, mark or time', () => {
    for (const wrong of [{ v: 0 }, { v: '1' }, { v: undefined }, { mark: 'maybe' }, { at: 7 }])
      expect(isJournalLine({ ...lineOf(resource), ...wrong })).toBe(false);
  });
});

test.each([undefined, null, 1, 'made', [], {}, lineOf(null), lineOf('image'), lineOf({ kind: 'toString' })])(
  '%j is none',
  (value) => {
    expect(isJournalLine(value)).toBe(false);
  },
);

test.each([
  ...[
    '',
    '../../victim',
    '/etc',
    '--all',
    '-n',
    'a b',
    'a/b',
    'a,b=c',
    'a\n',
    '.',
    '..',
    'A',
    `a${'b'.repeat(253)}`,
  ],
  ...['a\u0000', 'a$(x)'],
])('the name %j is none', (name) => {
  for (const resource of [
    { kind: 'cluster', name, driver: 'kind', after },
    { kind: 'cluster', name: 'a', driver: name, after },
    { kind: 'namespace', name, after },
    { kind: 'secret', name, namespace: 'a', after },
    { kind: 'release', name: 'a', namespace: name, after },
    { kind: 'release', name: 'a', namespace: 'a', groups: [name], after },
    { kind: 'custom-resources', name: 'a', groups: [name], after },
  ])
    expect(isJournalLine(lineOf(resource)), `${JSON.stringify(resource)}`).toBe(false);
});

test.each(['', '--force', '../a:1', 'a b:1', '-a:1', 'a:1\n'])('the reference %j is none', (reference) => {
  expect(isJournalLine(lineOf({ kind: 'image', reference, after }))).toBe(false);
});
