// The REST API over the store.

import type { Route } from '../../shared/http-service.ts';
import { readJsonBody } from '../../shared/request-body.ts';
import { parseDoneFilter, parseNewTodo, parseTodoChange, parseTodoId, todoNotFound } from './todo.ts';
import type { TodoStore } from './todo-store.ts';

/** A title of 200 characters needs far less; nothing larger is ever right. */
const bodyLimitBytes = 16 * 1024;

export function todoRoutes(store: TodoStore): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/todos',
      async handle({ url }) {
        return {
          status: 200,
          body: { todos: await store.list({ done: parseDoneFilter(url.searchParams) }) },
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
