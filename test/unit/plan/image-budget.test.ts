import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  checkBudget,
  formatBudgetBreach,
  formatGrowth,
  formatMegabytes,
  type BudgetImage,
} from '../../../src/plan/image-budget.ts';

const layer = (diffId: string, sizeBytes: number, createdBy = `RUN ${diffId}`) => ({
  diffId,
  sizeBytes,
  createdBy,
});
const image = (name: string, ...layers: BudgetImage['layers']): BudgetImage => ({
  name,
  reference: `slipway.local/${name}:sha-0`,
  layers,
});
const limits = { perImageBytes: 250e6, totalBytes: 500e6 };

describe('checkBudget', () => {
  test('an image of exactly the limit is over it, one byte less is within', () => {
    const report = checkBudget([image('a', layer('x', 250e6)), image('b', layer('y', 250e6 - 1))], limits);
    expect(report.verdicts.map((verdict) => verdict.within)).toEqual([false, true]);
    expect(report.breaches.map((breach) => breach.kind)).toEqual(['image']);
  });

  test('a layer that two images share counts once in the sum, and in each of the two', () => {
    const report = checkBudget(
      [
        image('a', layer('base', 200e6), layer('x', 40e6)),
        image('b', layer('base', 200e6), layer('y', 45e6)),
      ],
      limits,
    );
    expect(report.uniqueBytes).toBe(285e6);
    expect(report.verdicts.map((verdict) => verdict.sizeBytes)).toEqual([240e6, 245e6]);
    expect(report.breaches).toEqual([]);
  });

  test('the sum has a limit of its own', () => {
    const report = checkBudget(
      [image('a', layer('x', 249e6)), image('b', layer('y', 249e6)), image('c', layer('z', 2e6))],
      limits,
    );
    expect(report.breaches.map((breach) => breach.kind)).toEqual(['total']);
  });

  test('an override counts instead of the common limit, for that image only', () => {
    const report = checkBudget([image('a', layer('x', 20e6)), image('b', layer('y', 20e6))], {
      ...limits,
      overrides: { a: 10e6 },
    });
    expect(report.verdicts.map(({ limitBytes, within }) => [limitBytes, within])).toEqual([
      [10e6, false],
      [250e6, true],
    ]);
  });

  test('a name like a property of every object has no override', () => {
    expect(checkBudget([image('constructor', layer('x', 1))], { ...limits, overrides: {} }).breaches).toEqual(
      [],
    );
  });

  test('nothing is within any budget', () => {
    expect(checkBudget([], { perImageBytes: 0, totalBytes: 0 }).breaches).toEqual([]);
  });

  test('the sum is never more than the sizes, and never less than the largest', () => {
    const images = fc.array(
      fc
        .uniqueArray(fc.constantFrom('p', 'q', 'r', 's'), { minLength: 1 })
        .map((ids) => image(ids.join(''), ...ids.map((id) => layer(id, id.charCodeAt(0) * 1e5)))),
      { minLength: 1 },
    );
    fc.assert(
      fc.property(images, (some) => {
        const { verdicts, uniqueBytes } = checkBudget(some, limits);
        const sizes = verdicts.map((verdict) => verdict.sizeBytes);
        expect(uniqueBytes).toBeLessThanOrEqual(sizes.reduce((a, b) => a + b, 0));
        expect(uniqueBytes).toBeGreaterThanOrEqual(Math.max(...sizes));
      }),
    );
  });
});

describe('formatBudgetBreach', () => {
  test('shows the layers of an image by size, with the instruction that made each', () => {
    const large = image('web', layer('a', 100e6, 'FROM base'), layer('b', 180e6, 'RUN npm ci'));
    const [breach] = checkBudget([large], limits).breaches;
    expect(formatBudgetBreach(breach!)).toEqual([
      'web: 280.0 MB, must be under 250.0 MB',
      '   180.0 MB  RUN npm ci',
      '   100.0 MB  FROM base',
    ]);
  });

  test('shows whose layers make the sum, and adds up those that are not shown', () => {
    const images = [
      image('a', layer('base', 240e6, 'ADD rootfs'), layer('x', 9e6, 'COPY x')),
      image('b', layer('base', 240e6, 'ADD rootfs'), layer('y', 8e6, 'COPY y'), layer('z', 50, 'COPY z')),
      image('c', layer('w', 249e6, 'COPY w')),
    ];
    const breach = checkBudget(images, limits).breaches.find(({ kind }) => kind === 'total');
    expect(formatBudgetBreach(breach!, 2)).toEqual([
      'all images together: 506.0 MB (shared layers counted once), must be under 500.0 MB',
      '   249.0 MB  [c] COPY w',
      '   240.0 MB  [a, b] ADD rootfs',
      '    17.0 MB  in 3 more layers',
    ]);
  });
});

test('sizes are megabytes of 10^6 bytes, and small ones do not show as nothing', () => {
  expect([250e6, 1234567, 4321].map(formatMegabytes)).toEqual(['250.0 MB', '1.2 MB', '4.3 kB']);
  expect([5.8e6, -1.2e6].map(formatGrowth)).toEqual(['+5.8 MB', '-1.2 MB']);
});
