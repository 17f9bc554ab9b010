import { expect, test } from 'vitest';
import { late } from '../../../../src/cli/wiring/late.ts';
import type { ImageLoader } from '../../../../src/images/load/image-loader.ts';

const { signal } = new AbortController();
const request = { references: ['a'], nodes: ['n'] };
const task = { signal, report: () => {} };

test('the adapter is made at its first use, once, and again only when that failed', async () => {
  let made = 0;
  const loader = late<ImageLoader>(async () => {
    made += 1;
    if (made === 1) throw new Error('no engine');
    return { present: async () => [{ reference: 'a', node: 'n' }], load: async () => [] };
  });
  expect(made).toBe(0);
  await expect(loader.present(request, signal)).rejects.toThrow('no engine');
  expect(await loader.present(request, signal)).toEqual([{ reference: 'a', node: 'n' }]);
  expect(await loader.load(request, task)).toEqual([]);
  expect(made).toBe(2);
});

test('an adapter keeps its own state', async () => {
  class Counter {
    #count = 0;
    async next(): Promise<number> {
      return ++this.#count;
    }
  }
  const counter = late<Pick<Counter, 'next'>>(async () => new Counter());
  expect([await counter.next(), await counter.next()]).toEqual([1, 2]);
});

test('what is ready is answered without the adapter, and a port that is waited for stays a port', async () => {
  const make = async (): Promise<ImageLoader> => Promise.reject(new Error('it was made'));
  const loader = await Promise.resolve(late(make, { present: async () => [] }));
  expect(await loader.present(request, signal)).toEqual([]);
  await expect(loader.load(request, task)).rejects.toThrow('it was made');
});
