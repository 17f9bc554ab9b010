import {
  CLIENT_CAPABILITIES_META_KEY,
  CLIENT_INFO_META_KEY,
  PROTOCOL_VERSION_META_KEY,
} from '@modelcontextprotocol/server';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { BackendClient, Todo } from '../../../../../apps/todo/mcp/src/backend-client.ts';
import { createMcpEndpoint } from '../../../../../apps/todo/mcp/src/mcp-endpoint.ts';
import { createTodoServer } from '../../../../../apps/todo/mcp/src/todo-tools.ts';
import { HttpService } from '../../../../../apps/todo/shared/http-service.ts';
import { ServiceMetrics } from '../../../../../apps/todo/shared/service-metrics.ts';

interface RpcAnswer {
  readonly result: {
    readonly tools?: readonly { readonly name: string }[];
    readonly content?: readonly { readonly text: string }[];
    readonly structuredContent?: unknown;
  };
}

let todos: Todo[];
let isAway: boolean;
let service: HttpService;
let url: string;

const backend: BackendClient = {
  async listTodos({ done }) {
    if (isAway) throw new Error('The todo backend cannot be reached.');
    return todos.filter((todo) => done === undefined || todo.done === done);
  },
  async createTodo({ title }) {
    const todo = { id: todos.length + 1, title, done: false };
    todos.push(todo);
    return todo;
  },
  async setDone(id, done) {
    const index = todos.findIndex((todo) => todo.id === id);
    const todo = todos[index];
    if (todo === undefined) throw new Error(`There is no todo ${id}.`);
    todos[index] = { ...todo, done };
    return { ...todo, done };
  },
};

beforeEach(async () => {
  todos = [{ id: 1, title: 'First', done: true }];
  isAway = false;
  service = new HttpService({
    log: () => {},
    metrics: new ServiceMetrics('mcp'),
    notReady: () => undefined,
    routes: [
      {
        method: 'POST',
        path: '/mcp',
        handle: createMcpEndpoint(
          () => createTodoServer(backend),
          () => {},
        ),
      },
    ],
  });
  url = `http://127.0.0.1:${await service.listen(0)}/mcp/`;
});

afterEach(() => service.stop(0));

async function send(method: string, params?: unknown): Promise<RpcAnswer> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, ...(params === undefined ? {} : { params }) }),
  });
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/json']);
  return (await answer.json()) as RpcAnswer;
}

const call = async (name: string, args: unknown) =>
  (await send('tools/call', { name, arguments: args })).result;

describe('the MCP endpoint', () => {
  test('greets a client, without making a session', async () => {
    const { result } = await send('initialize', {
      protocolVersion: '2025-06-18',
      capabilities: {},
      clientInfo: { name: 'test', version: '1' },
    });
    expect(result).toMatchObject({ protocolVersion: '2025-06-18', serverInfo: { name: 'todo' } });
  });

  test('offers tools to list, create and complete', async () => {
    const { result } = await send('tools/list');
    expect(result.tools?.map(({ name }) => name)).toEqual(['list_todos', 'create_todo', 'complete_todo']);
  });

  test('creates a todo, completes it, and lists what is left', async () => {
    expect((await call('create_todo', { title: 'Second' })).structuredContent).toEqual({
      id: 2,
      title: 'Second',
      done: false,
    });
    expect((await call('list_todos', { done: false })).content?.[0]?.text).toBe('[ ] 2: Second');
    await call('complete_todo', { id: 2 });
    expect((await call('list_todos', {})).content?.[0]?.text).toBe('[x] 1: First\n[x] 2: Second');
  });

  test('tells a failure of the backend as the result of the tool', async () => {
    isAway = true;
    expect(await call('list_todos', {})).toMatchObject({
      isError: true,
      content: [{ text: 'The todo backend cannot be reached.' }],
    });
    expect(await call('complete_todo', { id: 9 })).toMatchObject({ isError: true });
  });

  test('refuses arguments that do not fit, before the backend is asked', async () => {
    expect(await call('create_todo', { title: '' })).toMatchObject({ isError: true });
    expect(todos).toHaveLength(1);
  });

  test('serves clients of the current revision, which do not greet at all', async () => {
    const answer = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': 'tools/list',
      },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/list',
        params: {
          _meta: {
            [PROTOCOL_VERSION_META_KEY]: '2026-07-28',
            [CLIENT_INFO_META_KEY]: { name: 'test', version: '1' },
            [CLIENT_CAPABILITIES_META_KEY]: {},
          },
        },
      }),
    });
    const { result } = (await answer.json()) as { result: { tools: unknown[] } };
    expect(result.tools).toHaveLength(3);
  });

  test('refuses a body that is not sent as JSON', async () => {
    const headers = { 'content-type': 'text/plain' };
    expect((await fetch(url, { method: 'POST', headers, body: '{}' })).status).toBe(415);
  });
});
