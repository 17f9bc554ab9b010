import { describe, expect, test } from 'vitest';
import { HttpProblem } from '../../../../../apps/todo/shared/http-problem.ts';
import {
  maximumTitleLength,
  parseDoneFilter,
  parseNewTodo,
  parseTodoChange,
  parseTodoId,
} from '../../../../../apps/todo/backend/src/todo.ts';

function problemOf(action: () => unknown): { status: number; fields: string[] } {
  try {
    action();
  } catch (error) {
    if (error instanceof HttpProblem) {
      return { status: error.status, fields: error.fields.map(({ field }) => field) };
    }
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('parseNewTodo', () => {
  test('trims the title and takes a todo as open', () => {
    expect(parseNewTodo({ title: '  Water the plants ' })).toEqual({
      title: 'Water the plants',
      done: false,
    });
    expect(parseNewTodo({ title: 'a', done: true })).toEqual({ title: 'a', done: true });
  });

  test('names every wrong field at once', () => {
    expect(problemOf(() => parseNewTodo({ title: 7, done: 'no', owner: 'me' }))).toEqual({
      status: 400,
      fields: ['title', 'done', 'owner'],
    });
    expect(problemOf(() => parseNewTodo({}))).toEqual({ status: 400, fields: ['title'] });
  });

  test.each(['', '   ', 'x'.repeat(maximumTitleLength + 1), 'a\u0000b', 'two\nlines', null])(
    'refuses the title %j',
    (title) => {
      expect(problemOf(() => parseNewTodo({ title })).fields).toEqual(['title']);
    },
  );

  test('takes the longest title and any script', () => {
    expect(parseNewTodo({ title: 'x'.repeat(maximumTitleLength) }).title).toHaveLength(maximumTitleLength);
    expect(parseNewTodo({ title: 'Blumen gießen 🌱' }).title).toBe('Blumen gießen 🌱');
  });

  test.each([null, 'text', 7, [], undefined])('refuses %j as a body', (body) => {
    expect(problemOf(() => parseNewTodo(body)).status).toBe(400);
  });
});

describe('parseTodoChange', () => {
  test('takes either field or both', () => {
    expect(parseTodoChange({ done: true })).toEqual({ done: true });
    expect(parseTodoChange({ title: ' b ' })).toEqual({ title: 'b' });
    expect(parseTodoChange({ title: 'b', done: false })).toEqual({ title: 'b', done: false });
  });

  test('refuses a change of nothing', () => {
    expect(problemOf(() => parseTodoChange({})).status).toBe(400);
  });

  test('refuses fields that nobody may change', () => {
    expect(problemOf(() => parseTodoChange({ id: 3 })).fields).toEqual(['id']);
  });
});

describe('parseTodoId', () => {
  test('takes a positive whole number', () => {
    expect(parseTodoId('42')).toBe(42);
  });

  test.each(['0', '-1', '1.5', '1e3', '007', 'abc', '', '9007199254740993'])('knows no todo %s', (text) => {
    expect(problemOf(() => parseTodoId(text)).status).toBe(404);
  });
});

test('parseDoneFilter takes true, false or nothing', () => {
  expect(parseDoneFilter(new URLSearchParams('done=true'))).toBe(true);
  expect(parseDoneFilter(new URLSearchParams('done=false'))).toBe(false);
  expect(parseDoneFilter(new URLSearchParams())).toBeUndefined();
  expect(problemOf(() => parseDoneFilter(new URLSearchParams('done=1'))).fields).toEqual(['done']);
});
