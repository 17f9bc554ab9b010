// The tools that a language model gets.

import { McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { BackendClient, Todo } from './backend-client.ts';

const todoShape = z.object({ id: z.number(), title: z.string(), done: z.boolean() });

/** A server with the tools registered. One is made per request: the endpoint keeps no sessions. */
export function createTodoServer(backend: BackendClient): McpServer {
  const server = new McpServer(
    { name: 'todo', version: '1.0.0' },
    { instructions: 'Reads and changes one shared todo list. Call list_todos first to learn the ids.' },
  );
  server.registerTool(
    'list_todos',
    {
      title: 'List todos',
      description: 'Lists the todos, oldest first; all of them, or only those that are done or open.',
      inputSchema: z.object({ done: z.boolean().optional().describe('true: only done; false: only open') }),
      outputSchema: z.object({ todos: z.array(todoShape) }),
      annotations: { readOnlyHint: true },
    },
    async ({ done }) => {
      const todos = (await backend.listTodos({ done })).map(plain);
      const text = todos.length === 0 ? 'There are no todos.' : todos.map(describeTodo).join('\n');
      return { content: [{ type: 'text', text }], structuredContent: { todos } };
    },
  );
  server.registerTool(
    'create_todo',
    {
      title: 'Create a todo',
      description: 'Adds a todo to the end of the list.',
      inputSchema: z.object({ title: z.string().min(1).max(200).describe('What is to be done') }),
      outputSchema: todoShape,
    },
    async ({ title }) => answer(await backend.createTodo({ title })),
  );
  server.registerTool(
    'complete_todo',
    {
      title: 'Complete a todo',
      description: 'Marks a todo as done, or as open again.',
      inputSchema: z.object({
        id: z.number().int().positive(),
        done: z.boolean().default(true).describe('false opens it again'),
      }),
      outputSchema: todoShape,
      annotations: { idempotentHint: true },
    },
    async ({ id, done }) => answer(await backend.setDone(id, done)),
  );
  return server;
}

/** One line for a model to read: '[x] 3: Water the plants'. */
export function describeTodo(todo: Todo): string {
  return `[${todo.done ? 'x' : ' '}] ${todo.id}: ${todo.title}`;
}

function answer(todo: Todo) {
  return {
    content: [{ type: 'text' as const, text: describeTodo(todo) }],
    structuredContent: { ...plain(todo) },
  };
}

/** Without the fields that the tool's schema does not promise. */
function plain({ id, title, done }: Todo): Todo {
  return { id, title, done };
}
