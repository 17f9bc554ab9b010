import { expect, test } from 'vitest';
import { withValueAt } from '../../../../src/releases/chart/value-path.ts';

test('a value goes to its path, beside what is there', () => {
  const values = { image: { pullPolicy: 'Never' }, replicas: 2 };
  expect(withValueAt(values, 'image.reference', 'web:1')).toEqual({
    ...{ image: { pullPolicy: 'Never', reference: 'web:1' }, replicas: 2 },
  });
  expect(values).toEqual({ image: { pullPolicy: 'Never' }, replicas: 2 });
});

test('maps on the way are made, also in the place of what is no map', () => {
  expect(withValueAt({}, 'a.b.c', 1)).toEqual({ a: { b: { c: 1 } } });
  expect(withValueAt({ a: ['x'] }, 'a.b', 1)).toEqual({ a: { b: 1 } });
  expect(withValueAt({ a: null }, 'a.b', 1)).toEqual({ a: { b: 1 } });
});
