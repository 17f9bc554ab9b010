import { expect, test } from 'vitest';
import { allOrNone } from '../../../src/process/all-or-none.ts';

const { signal } = new AbortController();

test('gives all results, in their order', async () => {
  const results = await allOrNone(signal, () => [Promise.resolve(1), Promise.resolve('two')]);
  expect(results).toEqual([1, 'two']);
});

test('what was started beside something that failed is cancelled and waited for', async () => {
  let hasEnded = false;
  const beside = async (scope: AbortSignal): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    scope.addEventListener('abort', () => resolve());
    await promise;
    await Promise.resolve();
    hasEnded = true;
  };
  const failed = new Error('the first one failed');
  await expect(allOrNone(signal, (scope) => [Promise.reject(failed), beside(scope)])).rejects.toBe(failed);
  expect(hasEnded).toBe(true);
});

test('a cancel of the whole reaches each part', async () => {
  const stop = new AbortController();
  const part = (scope: AbortSignal): Promise<never> =>
    new Promise((_resolve, reject) =>
      scope.addEventListener('abort', () => reject(scope.reason as Error), { once: true }),
    );
  const running = allOrNone(stop.signal, (scope) => [part(scope), part(scope)]);
  stop.abort(new Error('stopped'));
  await expect(running).rejects.toThrow('stopped');
});
