// Todo store and outbox in memory.

import { randomUUID } from 'node:crypto';
import type { Outbox, OutboxEntry } from '../../apps/todo/backend/src/outbox.ts';
import type { Todo } from '../../apps/todo/backend/src/todo.ts';
import type { TodoStore } from '../../apps/todo/backend/src/todo-store.ts';
import type { TaskEventKind } from '../../apps/todo/shared/task-event.ts';

export class TodoMemory implements TodoStore, Outbox {
  readonly todos = new Map<number, Todo>();
  readonly entries: OutboxEntry[] = [];
  /** Called after each change, as the store of the backend does. */
  onEvent: () => void = () => {};
  #lastId = 0;
  #lastSequence = 0;
  #isDelivering = false;

  async list({ done }: { readonly done?: boolean | undefined }): Promise<Todo[]> {
    return [...this.todos.values()].filter((todo) => done === undefined || todo.done === done);
  }

  async find(id: number): Promise<Todo | undefined> {
    return this.todos.get(id);
  }

  async add({ title, done }: { readonly title: string; readonly done: boolean }): Promise<Todo> {
    this.#lastId += 1;
    const now = new Date().toISOString();
    return this.#keep('created', { id: this.#lastId, title, done, createdAt: now, updatedAt: now });
  }

  async change(
    id: number,
    change: { readonly title?: string; readonly done?: boolean },
  ): Promise<Todo | undefined> {
    const before = this.todos.get(id);
    if (before === undefined) return undefined;
    return this.#keep('updated', { ...before, ...change, updatedAt: new Date().toISOString() });
  }

  async remove(id: number): Promise<boolean> {
    const todo = this.todos.get(id);
    if (todo === undefined) return false;
    this.todos.delete(id);
    this.#tell('deleted', todo);
    return true;
  }

  async deliverNext(publish: (entry: OutboxEntry) => Promise<void>): Promise<boolean> {
    const entry = this.entries[0];
    if (entry === undefined || this.#isDelivering) return false;
    this.#isDelivering = true;
    try {
      await publish(entry);
      this.entries.shift();
      return true;
    } finally {
      this.#isDelivering = false;
    }
  }

  async countWaiting(): Promise<number> {
    return this.entries.length;
  }

  #keep(kind: TaskEventKind, todo: Todo): Todo {
    this.todos.set(todo.id, todo);
    this.#tell(kind, todo);
    return todo;
  }

  #tell(kind: TaskEventKind, todo: Todo): void {
    this.#lastSequence += 1;
    const at = new Date().toISOString();
    this.entries.push({ sequence: this.#lastSequence, id: randomUUID(), kind, todo, at });
    this.onEvent();
  }
}
