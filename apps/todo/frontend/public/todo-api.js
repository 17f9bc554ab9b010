// The backend's REST API as the page uses it.

/** @typedef {import('./todo-list.js').Todo} Todo */

const timeoutMs = 8_000;

/**
 * The list, and its revision where the backend keeps one: all changes up to it are in the list.
 * @returns {Promise<{ todos: Todo[], revision: number | undefined }>}
 */
export async function listTodos() {
  const { answer, headers } = await send('GET', '/api/todos');
  const revision = headers.get('todo-revision');
  return { todos: answer.todos, revision: revision === null ? undefined : Number(revision) };
}

/** @param {string} title */
export function addTodo(title) {
  return call('POST', '/api/todos', { title });
}

/**
 * @param {number} id
 * @param {{ title?: string, done?: boolean }} change
 */
export function changeTodo(id, change) {
  return call('PATCH', `/api/todos/${id}`, change);
}

/** @param {number} id */
export function deleteTodo(id) {
  return call('DELETE', `/api/todos/${id}`);
}

/**
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 * @returns {Promise<any>}
 */
async function call(method, path, body) {
  return (await send(method, path, body)).answer;
}

/**
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 * @returns {Promise<{ answer: any, headers: Headers }>}
 */
async function send(method, path, body) {
  let response;
  try {
    response = await fetch(path, {
      method,
      signal: AbortSignal.timeout(timeoutMs),
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
  } catch {
    throw new Error('The todo service cannot be reached. Trying again…');
  }
  const { headers } = response;
  if (response.status === 204) return { answer: undefined, headers };
  const answer = await response.json().catch(() => undefined);
  if (response.ok) return { answer, headers };
  // A proxy in front answers with a page of its own when the backend is away.
  throw new Error(
    answer?.error?.message ?? `The todo service is not available (${response.status}). Trying again…`,
  );
}
