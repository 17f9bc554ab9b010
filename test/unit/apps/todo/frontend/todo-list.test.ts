import { describe, expect, test } from 'vitest';
// @ts-expect-error -- the page is plain JavaScript, as the browser gets it
import * as todoList from '../../../../../apps/todo/frontend/public/todo-list.js';

const { applyChange, describeCount, isSameTodo, judgeChange } = todoList;

const todo = (id: number, done = false, updatedAt = '1') => ({ id, title: `t${id}`, done, updatedAt });
const change = (kind: string, about: object, revision = 1) => ({ kind, revision, todo: about });

test('the count says how many are still to do', () => {
  expect(describeCount([])).toBe('No todos');
  expect(describeCount([todo(1, true), todo(2, false)])).toBe('1 of 2 to do');
  expect(describeCount([todo(1, true)])).toBe('All 1 done');
});

test('only a todo that looks different is drawn again', () => {
  expect(isSameTodo(todo(1, true, '1'), todo(1, true, '2'))).toBe(true);
  expect(isSameTodo(todo(1, true), todo(1, false))).toBe(false);
  expect(isSameTodo(undefined, todo(1))).toBe(false);
});

describe('a change', () => {
  test('is applied if it is the very next, ignored if it is known, and shows what was missed', () => {
    const judge = (revision: number | undefined, next: number): string =>
      judgeChange(revision, change('created', todo(1), next));
    expect(judge(4, 5)).toBe('apply');
    expect([judge(5, 5), judge(5, 1)]).toEqual(['known', 'known']);
    expect([judge(3, 5), judge(undefined, 1)]).toEqual(['missed', 'missed']);
  });

  test('adds, changes and deletes, and keeps the order', () => {
    expect(applyChange([todo(1), todo(3)], change('created', todo(2)))).toEqual([todo(1), todo(2), todo(3)]);
    expect(applyChange([todo(1), todo(2)], change('updated', todo(1, true)))).toEqual([
      todo(1, true),
      todo(2),
    ]);
    expect(applyChange([todo(1), todo(2)], change('deleted', todo(1)))).toEqual([todo(2)]);
  });

  test('of the own page, which is in the list already, makes no second one', () => {
    expect(applyChange([todo(1)], change('created', todo(1)))).toEqual([todo(1)]);
  });

  test('that is older than what the list has changes nothing', () => {
    expect(applyChange([todo(1, true, '2')], change('updated', todo(1, false, '1')))).toEqual([
      todo(1, true, '2'),
    ]);
    expect(applyChange([], change('updated', todo(1)))).toEqual([]);
    expect(applyChange([], change('deleted', todo(1)))).toEqual([]);
  });
});
