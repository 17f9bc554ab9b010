import { expect, test } from 'vitest';
import { mergeValues } from '../../../../src/releases/chart/merge-values.ts';

test('maps merge at every depth, and what is laid over wins', () => {
  const base = { image: { reference: 'a', pullPolicy: 'Never' }, config: { x: '1' } };
  expect(mergeValues(base, { image: { pullPolicy: 'Always' }, extra: true })).toEqual({
    image: { reference: 'a', pullPolicy: 'Always' },
    config: { x: '1' },
    extra: true,
  });
});

test('lists, null and plain values replace what is below them', () => {
  const base = { list: [1, 2], map: { a: 1 }, plain: 'x' };
  expect(mergeValues(base, { list: [3], map: null, plain: { now: 'a map' } })).toEqual({
    list: [3],
    map: null,
    plain: { now: 'a map' },
  });
});

test('neither argument is changed', () => {
  const base = { a: { b: 1 } };
  const over = { a: { c: 2 } };
  mergeValues(base, over);
  expect([base, over]).toEqual([{ a: { b: 1 } }, { a: { c: 2 } }]);
});
