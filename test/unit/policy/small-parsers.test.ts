import { describe, expect, test } from 'vitest';
import { parseGoDuration } from '../../../src/policy/go-duration.ts';
import { isPinnedTag, isSemver, parseImageReference } from '../../../src/policy/image-reference.ts';

describe('image references', () => {
  test.each([
    ['redis', { name: 'redis', tag: undefined, digest: undefined }],
    ['redis:8.0.2', { name: 'redis', tag: '8.0.2', digest: undefined }],
    ['host:5000/a/b', { name: 'host:5000/a/b', tag: undefined, digest: undefined }],
    ['host:5000/a/b:1.0@sha256:ab', { name: 'host:5000/a/b', tag: '1.0', digest: 'sha256:ab' }],
  ])('%s', (reference, parts) => {
    expect(parseImageReference(reference)).toEqual(parts);
  });

  test.each(['1.2.3', 'v1.2.3', '8.0.2-alpine', 'sha-0123456', 'sha-0123456789ab', 'a1b2c3d'])(
    'the tag %s is pinned',
    (tag) => {
      expect(isPinnedTag(tag)).toBe(true);
    },
  );

  test.each(['latest', 'main-latest', 'v1', '1.2', '16', 'stable', 'sha-xyz', 'abc', '01.2.3', ''])(
    'the tag %s may move',
    (tag) => {
      expect(isPinnedTag(tag)).toBe(false);
    },
  );
});

test.each(['1.0.0', '0.1.0-rc.1+build.5'])('%s is a semantic version', (version) => {
  expect(isSemver(version)).toBe(true);
});

test.each([
  ['24h', 86_400_000],
  ['1h30m', 5_400_000],
  ['1.5s', 1500],
  ['15', undefined],
  ['1d', undefined],
  ['', undefined],
])('the duration %j is %j ms', (text, ms) => {
  expect(parseGoDuration(text)).toBe(ms);
});
