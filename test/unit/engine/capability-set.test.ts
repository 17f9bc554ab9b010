import { expect, test } from 'vitest';
import { missingCapabilities } from '../../../src/engine/capability-set.ts';

test('a complete set lacks nothing', () => {
  expect(missingCapabilities('Name:\tx\nCapBnd:\t000001ffffffffff\n', '40\n')).toEqual([]);
});

test('each missing one is named, one that is newer than this program by its number', () => {
  expect(missingCapabilities('CapBnd:\t000001fffeffffff\n', '40\n')).toEqual(['CAP_SYS_RESOURCE']);
  expect(missingCapabilities('CapBnd:\t000001ffffffffff\n', '41\n')).toEqual(['CAP_41']);
});

test('where the kernel tells nothing, nothing is missing', () => {
  expect(missingCapabilities('', '')).toEqual([]);
});
