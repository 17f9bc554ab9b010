import { expect, test } from 'vitest';
import { inTurn } from '../../support/bench/in-turn.ts';

const { signal } = new AbortController();
const report = (): void => {};

test('each round has every way, and begins with another one', async () => {
  const order: string[] = [];
  const way = (name: string) => async (round: number) => {
    order.push(`${name}${round}`);
    return round;
  };
  const ways = await inTurn({ rounds: 3, ways: { a: way('a'), b: way('b') }, signal, report });
  expect(order).toEqual(['a0', 'b0', 'b1', 'a1', 'a2', 'b2']);
  expect(ways).toEqual([
    { name: 'a', values: [0, 1, 2] },
    { name: 'b', values: [0, 1, 2] },
  ]);
});

test('a stop ends it before the next way', async () => {
  const stop = new AbortController();
  let calls = 0;
  const ways = {
    a: async () => {
      calls += 1;
      stop.abort(new Error('stopped'));
      return 1;
    },
  };
  await expect(inTurn({ rounds: 3, ways, signal: stop.signal, report })).rejects.toThrow('stopped');
  expect(calls).toBe(1);
});
