import { expect, test } from 'vitest';
import { imageTag, isImageTag } from '../../../src/plan/image-tag.ts';

test('imageTag shows the first 12 digits of a fingerprint', () => {
  expect(imageTag('0123456789abcdef'.repeat(4))).toBe('sha-0123456789ab');
  expect(imageTag(`sha256:${'f'.repeat(64)}`)).toBe('sha-ffffffffffff');
});

test.each(['', 'latest', 'ABCDEF0123456789', '0123456789a'])(
  'imageTag refuses %j, which is no fingerprint',
  (text) => {
    expect(() => imageTag(text)).toThrow(TypeError);
  },
);

test('isImageTag tells tags by content from others', () => {
  expect(['sha-0123456789ab', 'latest', 'sha-0123', 'sha-0123456789abc'].map(isImageTag)).toEqual([
    true,
    false,
    false,
    false,
  ]);
});
