// The backend's REST API as the page uses it.

/** @typedef {import('./todo-list.js').Todo} Todo */

const timeoutMs = 8_000;

/** @returns {Promise<Todo[]>} */
export async function listTodos() {
  return (await call('GET', '/api/todos')).todos;
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
  if (response.status === 204) return undefined;
  const answer = await response.json().catch(() => undefined);
  if (response.ok) return answer;
  // A proxy in front answers with a page of its own when the backend is away.
  throw new Error(
    answer?.error?.message ?? `The todo service is not available (${response.status}). Trying again…`,
  );
}
