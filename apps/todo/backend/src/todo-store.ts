// Port: where todos are kept.

import type { NewTodo, Todo, TodoChange } from './todo.ts';

export interface TodoStore {
  /** Oldest first. */
  list(filter: { readonly done?: boolean | undefined }): Promise<Todo[]>;
  find(id: number): Promise<Todo | undefined>;
  add(todo: NewTodo): Promise<Todo>;
  /** The changed todo, or undefined if there is none of that id. */
  change(id: number, change: TodoChange): Promise<Todo | undefined>;
  /** Resolves true if it was there. */
  remove(id: number): Promise<boolean>;
}
