import { expect, test } from 'vitest';
import { lateImageLoader } from '../../../scripts/command/late-image-loader.ts';

const { signal } = new AbortController();
const request = { references: ['a'], nodes: ['n'] };

test('the loader is made at its first use, once, and again only when that failed', async () => {
  let made = 0;
  const late = lateImageLoader(async () => {
    made += 1;
    if (made === 1) throw new Error('no engine');
    return { present: async () => [{ reference: 'a', node: 'n' }], load: async () => [] };
  });
  expect(made).toBe(0);
  await expect(late.present(request, signal)).rejects.toThrow('no engine');
  expect(await late.present(request, signal)).toEqual([{ reference: 'a', node: 'n' }]);
  expect(await late.load(request, { signal, report: () => {} })).toEqual([]);
  expect(made).toBe(2);
});
