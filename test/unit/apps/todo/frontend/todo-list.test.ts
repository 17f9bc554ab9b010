import { expect, test } from 'vitest';
// @ts-expect-error -- the page is plain JavaScript, as the browser gets it
import { describeCount, isSameList } from '../../../../../apps/todo/frontend/public/todo-list.js';

const todo = (id: number, done: boolean) => ({ id, title: `t${id}`, done });

test('the count says how many are still to do', () => {
  expect(describeCount([])).toBe('No todos');
  expect(describeCount([todo(1, true), todo(2, false)])).toBe('1 of 2 to do');
  expect(describeCount([todo(1, true)])).toBe('All 1 done');
});

test('only a different list is drawn again', () => {
  expect(isSameList([todo(1, true)], [todo(1, true)])).toBe(true);
  expect(isSameList([todo(1, true)], [todo(1, false)])).toBe(false);
  expect(isSameList(undefined, [])).toBe(false);
});
