// Pure: a todo as PostgreSQL gives it.

import type { Todo } from './todo.ts';

export interface TodoRow {
  /** bigint comes as text: it may be larger than a number holds exactly. Ours are counted up from 1. */
  readonly id: string;
  readonly title: string;
  readonly done: boolean;
  readonly created_at: Date;
  readonly updated_at: Date;
}

export function toTodo(row: TodoRow): Todo {
  return {
    id: Number(row.id),
    title: row.title,
    done: row.done,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}
