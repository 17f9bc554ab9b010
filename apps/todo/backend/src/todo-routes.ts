// The REST API over the store.

import type { Route } from '../../shared/http-service.ts';
import { readJsonBody } from '../../shared/request-body.ts';
import { parseDoneFilter, parseNewTodo, parseTodoChange, parseTodoId, todoNotFound } from './todo.ts';
import type { TodoStore } from './todo-store.ts';

/** A title of 200 characters needs far less; nothing larger is ever right. */
const bodyLimitBytes = 16 * 1024;

/**
 * GET /api/todos tells the list's revision in the header todo-revision, where one is kept: a list holds at least all
 * changes up to it.
 */
export function todoRoutes(
  store: TodoStore,
  readRevision: () => Promise<number | undefined> = () => Promise.resolve(undefined),
): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/todos',
      async handle({ url }) {
        const done = parseDoneFilter(url.searchParams);
        // Before the list, never after it: a change in between must not look as if the list had it.
        const revision = await readRevision();
        return {
          status: 200,
          headers: revision === undefined ? {} : { 'todo-revision': String(revision) },
          body: { todos: await store.list({ done }) },
        };
      },
    },
    {
      method: 'POST',
      path: '/api/todos',
      async handle({ request }) {
        const todo = await store.add(parseNewTodo(await readJsonBody(request, bodyLimitBytes)));
        return { status: 201, headers: { location: `/api/todos/${todo.id}` }, body: todo };
      },
    },
    {
      method: 'GET',
      path: '/api/todos/:id',
      async handle({ parameters }) {
        const id = parseTodoId(parameters['id'] ?? '');
        const todo = await store.find(id);
        if (todo === undefined) throw todoNotFound(id);
        return { status: 200, body: todo };
      },
    },
    {
      method: 'PATCH',
      path: '/api/todos/:id',
      async handle({ request, parameters }) {
        const id = parseTodoId(parameters['id'] ?? '');
        const todo = await store.change(id, parseTodoChange(await readJsonBody(request, bodyLimitBytes)));
        if (todo === undefined) throw todoNotFound(id);
        return { status: 200, body: todo };
      },
    },
    {
      method: 'DELETE',
      path: '/api/todos/:id',
      async handle({ parameters }) {
        const id = parseTodoId(parameters['id'] ?? '');
        if (!(await store.remove(id))) throw todoNotFound(id);
        return { status: 204 };
      },
    },
  ];
}
