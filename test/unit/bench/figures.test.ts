import { expect, test } from 'vitest';
import { figuresOf, ratioOf, wayOf } from '../../support/bench/figures.ts';

test.each([
  [[3], { min: 3, median: 3, max: 3 }],
  [[9, 1, 5], { min: 1, median: 5, max: 9 }],
  [[4, 1, 10, 2], { min: 1, median: 3, max: 10 }],
])('figures of %j', (values, figures) => {
  expect(figuresOf(values)).toEqual(figures);
});

test('nothing measured has no figures', () => {
  expect(() => figuresOf([])).toThrow('nothing was measured');
});

test('a ratio is that of rounds, so that a busy round does not count', () => {
  const base = { name: 'base', values: [1, 100, 1] };
  expect(ratioOf({ name: 'way', values: [10, 1000, 10] }, base)).toBe(10);
  expect(() => ratioOf({ name: 'way', values: [10] }, base)).toThrow('not measured in the same rounds');
});

test('a way that is not there is named', () => {
  expect(() => wayOf({ title: 'Loading', unit: 'ms', ways: [] }, 'pigeon')).toThrow(
    "Loading: there is no way called 'pigeon'",
  );
});
