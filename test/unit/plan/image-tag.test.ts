import { expect, test } from 'vitest';
import { imageTag } from '../../../src/plan/image-tag.ts';

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
