import { expect, test } from 'vitest';
import { isSameManifest } from '../../../src/watch/same-manifest.ts';

const withId = (id: string): string =>
  `{apiVersion: example.dev/v1, kind: Account, metadata: {name: a}, spec: {id: ${id}}}`;

test.each([
  [
    'the order of fields',
    withId('1'),
    '{kind: Account, apiVersion: example.dev/v1, spec: {id: 1}, metadata: {name: a}}',
    true,
  ],
  ['a comment', withId('1'), `# why\n${withId('1')}`, true],
  ['another way to write the same', withId('yes'), withId('true'), true],
  [
    'the last digit of a number that JSON would round',
    withId('9007199254740993'),
    withId('9007199254740992'),
    false,
  ],
])('%s', (_title, rendered, stored, isSame) => {
  expect(isSameManifest(rendered, stored, 'todo')).toBe(isSame);
});
