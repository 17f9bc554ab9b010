// The backend's REST API, as far as the tools need it.

export interface Todo {
  readonly id: number;
  readonly title: string;
  readonly done: boolean;
}

export interface BackendClient {
  listTodos(filter: { readonly done?: boolean | undefined }): Promise<Todo[]>;
  createTodo(todo: { readonly title: string }): Promise<Todo>;
  setDone(id: number, done: boolean): Promise<Todo>;
}

const timeoutMs = 5_000;

/** Calls fail with an Error whose message a person can read: the backend's own, or that it cannot be reached. */
export function createBackendClient(url: string): BackendClient {
  const call = async <Answer>(method: string, path: string, body?: unknown): Promise<Answer> => {
    let response: Response;
    try {
      response = await fetch(`${url}${path}`, {
        method,
        signal: AbortSignal.timeout(timeoutMs),
        ...(body === undefined
          ? {}
          : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      });
    } catch (error) {
      throw new Error('The todo backend cannot be reached.', { cause: error });
    }
    const answer = (await response.json().catch(() => undefined)) as
      { error?: { message?: string } } | undefined;
    if (!response.ok) {
      throw new Error(answer?.error?.message ?? `The todo backend answered with status ${response.status}.`);
    }
    return answer as Answer;
  };
  return {
    async listTodos({ done }) {
      const query = done === undefined ? '' : `?done=${done}`;
      return (await call<{ todos: Todo[] }>('GET', `/api/todos${query}`)).todos;
    },
    createTodo: (todo) => call('POST', '/api/todos', todo),
    setDone: (id, done) => call('PATCH', `/api/todos/${id}`, { done }),
  };
}
