import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareQuantities, parseQuantity } from '../../../src/policy/quantity.ts';

function compare(first: unknown, second: unknown): number {
  return Math.sign(compareQuantities(parseQuantity(first)!, parseQuantity(second)!));
}

describe('quantities', () => {
  test.each([
    ['1', '1000m'],
    [1, '1'],
    [0.5, '500m'],
    ['1Ki', '1024'],
    ['1.5Gi', '1536Mi'],
    ['2e3', '2k'],
    ['1E', '1000P'],
    ['1e-3', '1m'],
    ['.5', '500000u'],
    ['1.', '1'],
    ['-0', '0'],
  ])('%j is as much as %j', (first, second) => {
    expect(compare(first, second)).toBe(0);
  });

  test.each([
    ['999m', '1'],
    ['1M', '1Mi'],
    ['1023Ki', '1Mi'],
    ['9007199254740992', '9007199254740993'],
    ['0.1', '100000001n'],
    ['-1', '0'],
  ])('%j is less than %j', (first, second) => {
    expect(compare(first, second)).toBe(-1);
    expect(compare(second, first)).toBe(1);
  });

  test.each([
    '',
    'much',
    '1 Gi',
    '1mi',
    '1KiB',
    '0x10',
    '1e',
    '--1',
    '1,5',
    null,
    undefined,
    true,
    {},
    Number.NaN,
  ])('%j is none', (input) => {
    expect(parseQuantity(input)).toBeUndefined();
  });

  test('whole amounts compare as whole numbers do, in any unit', () => {
    const units = [
      ['', 1n],
      ['k', 1000n],
      ['Ki', 1024n],
      ['M', 10n ** 6n],
      ['Gi', 2n ** 30n],
    ] as const;
    const amount = fc.tuple(fc.bigInt(0n, 10n ** 20n), fc.constantFrom(...units));
    fc.assert(
      fc.property(amount, amount, ([first, [firstUnit, firstSize]], [second, [secondUnit, secondSize]]) => {
        const difference = first * firstSize - second * secondSize;
        const wanted = difference === 0n ? 0 : difference < 0n ? -1 : 1;
        expect(compare(`${first}${firstUnit}`, `${second}${secondUnit}`)).toBe(wanted);
      }),
    );
  });
});
