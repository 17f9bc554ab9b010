import { expect, test } from 'vitest';
import { isAtLeast, parseToolVersion } from '../../../src/tools/tool-version.ts';

const version = (text: string) => parseToolVersion(text) ?? { major: -1, minor: -1, patch: -1 };

test.each([
  ['kind v0.33.0 go1.26.8 linux/amd64', [0, 33, 0]],
  ['v4.1.4+g05fa379', [4, 1, 4]],
  ['v1.32.4-dispatcher\nof v5.5.0', [1, 32, 4]],
  ['go version go1.26 linux/amd64', [1, 26, 0]],
])('%j holds a version', (text, [major, minor, patch]) => {
  expect(parseToolVersion(text)).toEqual({ major, minor, patch });
});

test('a text without one gives none', () => {
  expect(parseToolVersion('command not found')).toBeUndefined();
});

test('versions are compared number by number', () => {
  expect(isAtLeast(version('0.30.0'), version('0.30.0'))).toBe(true);
  expect(isAtLeast(version('0.9.9'), version('0.30.0'))).toBe(false);
  expect(isAtLeast(version('4.0.0'), version('3.14.2'))).toBe(true);
  expect(isAtLeast(version('3.14.1'), version('3.14.2'))).toBe(false);
});
