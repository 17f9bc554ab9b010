import { expect, test } from 'vitest';
import { RecentList } from '../../../../../apps/todo/shared/recent-list.ts';

function listOf(limit: number, ...ids: string[]): RecentList<{ id: string }> {
  const list = new RecentList<{ id: string }>(limit);
  for (const id of ids) list.add({ id });
  return list;
}

const ids = (items: readonly { id: string }[] | undefined): string[] | undefined =>
  items?.map(({ id }) => id);

test('the oldest goes when there are too many', () => {
  expect(ids(listOf(2, 'a', 'b', 'c').all())).toEqual(['b', 'c']);
});

test('what is there is not taken again', () => {
  const list = listOf(3, 'a');
  expect([list.add({ id: 'a' }), list.add({ id: 'b' }), list.has('a')]).toEqual([false, true, true]);
});

test('it says what came after one that it knows, and nothing of one that it does not', () => {
  const list = listOf(2, 'a', 'b', 'c');
  expect([ids(list.after('b')), ids(list.after('c')), list.after('a')]).toEqual([['c'], [], undefined]);
});
