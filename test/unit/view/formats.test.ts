import { describe, expect, test } from 'vitest';
import { formatBytes } from '../../../src/view/format-bytes.ts';
import { formatDuration } from '../../../src/view/format-duration.ts';
import { formatProgress } from '../../../src/view/format-progress.ts';
import { oneLine } from '../../../src/view/printable.ts';

describe('formatBytes', () => {
  test.each([
    [0, '0 B'],
    [812, '812 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [999_600, '1.0 MB'],
    [5_800_000, '5.8 MB'],
    [9_960_000, '10 MB'],
    [180_300_000, '180 MB'],
    [2_500_000_000, '2.5 GB'],
    [-1_500_000, '-1.5 MB'],
  ])('shows %d bytes as %s', (sizeBytes, shown) => {
    expect(formatBytes(sizeBytes)).toBe(shown);
  });
});

describe('formatDuration', () => {
  test.each([
    [0, '0.0s'],
    [340, '0.3s'],
    [12_340, '12.3s'],
    [59_949, '59.9s'],
    [59_990, '1m 00s'],
    [62_000, '1m 02s'],
    [3_599_600, '1h 00m'],
    [3_900_000, '1h 05m'],
  ])('shows %d ms as %s', (durationMs, shown) => {
    expect(formatDuration(durationMs)).toBe(shown);
  });
});

describe('formatProgress', () => {
  test('shows a percentage when the total is known', () => {
    expect(formatProgress({ text: 'compiling', done: 812, total: 1904, unit: 'packages' })).toBe(
      '812/1904 packages  42 %  compiling',
    );
  });
  test('shows no percentage when the total is unknown or nothing', () => {
    expect(formatProgress({ text: 'compiling', done: 812, unit: 'packages' })).toBe(
      '812 packages  compiling',
    );
    expect(formatProgress({ text: 'x', done: 0, total: 0 })).toBe('0  x');
  });
  test('shows bytes as sizes, and never more than 100 %', () => {
    expect(formatProgress({ text: 'sending', done: 5_900_000, total: 5_800_000, unit: 'bytes' })).toBe(
      '5.9 MB/5.8 MB  100 %  sending',
    );
  });
  test('shows the text alone when that is all there is', () => {
    expect(formatProgress({ text: 'Step 3/7 RUN npm ci' })).toBe('Step 3/7 RUN npm ci');
  });
});

describe('oneLine', () => {
  test('takes away colours, links, line breaks and cursor movements', () => {
    expect(
      oneLine('\u001b[31mred\u001b[0m\r\nnext\u001b[2K \u001b]8;;http://x\u0007link\u001b]8;;\u0007'),
    ).toBe('red next link');
  });
});
