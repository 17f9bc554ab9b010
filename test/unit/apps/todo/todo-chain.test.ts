import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EventStream } from '../../../support/event-stream.ts';
import { TodoChain } from '../../../support/todo-chain.ts';

let chain: TodoChain;
let url: string;

beforeEach(async () => {
  ({ chain, url } = await TodoChain.start());
});

afterEach(() => chain.end());

async function send(method: string, path: string, body?: unknown): Promise<Response> {
  return fetch(`${url}${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
}

describe('from the API to the stream', () => {
  test('whatever is done to a todo is told on the stream, in order, each with the next revision', async () => {
    const stream = await EventStream.open(`${url}/sse/`);
    expect(await stream.next()).toEqual({ event: 'hello', data: { complete: false } });

    const todo = (await (await send('POST', '/api/todos', { title: 'Buy milk' })).json()) as { id: number };
    const changed = await (await send('PATCH', `/api/todos/${todo.id}`, { done: true })).json();
    await send('DELETE', `/api/todos/${todo.id}`);

    expect((await stream.next()).data).toMatchObject({
      kind: 'created',
      revision: 1,
      todo,
      text: 'Added “Buy milk”.',
    });
    expect((await stream.next()).data).toMatchObject({ kind: 'updated', revision: 2, todo: changed });
    expect((await stream.next()).data).toMatchObject({ kind: 'deleted', revision: 3, todo: changed });
    stream.close();
  });

  test('the list tells its revision, so that a page knows which changes it holds', async () => {
    expect((await send('GET', '/api/todos')).headers.get('todo-revision')).toBe('0');
    await send('POST', '/api/todos', { title: 'a' });
    await expect.poll(async () => (await send('GET', '/api/todos')).headers.get('todo-revision')).toBe('1');
  });

  test('a broker that is away neither fails a request nor loses its event', async () => {
    chain.dapr.refusePublish = 500;
    expect((await send('POST', '/api/todos', { title: 'First' })).status).toBe(201);
    expect((await send('POST', '/api/todos', { title: 'Second' })).status).toBe(201);
    await expect.poll(() => chain.logged).toContain('events wait in the outbox');
    expect(await chain.memory.countWaiting()).toBe(2);

    const stream = await EventStream.open(`${url}/sse/`);
    await stream.next();
    chain.dapr.refusePublish = undefined;

    // Tried more than once, and still no revision is left out.
    expect((await stream.next()).data).toMatchObject({ revision: 1, todo: { title: 'First' } });
    expect((await stream.next()).data).toMatchObject({ revision: 2, todo: { title: 'Second' } });
    expect(await chain.memory.countWaiting()).toBe(0);
    stream.close();
  });

  test('an event that is delivered twice is told once', async () => {
    const stream = await EventStream.open(`${url}/sse/`);
    await stream.next();
    await send('POST', '/api/todos', { title: 'a' });
    await stream.next();
    await chain.dapr.settle();

    for (const delivery of [...chain.dapr.published]) await chain.dapr.deliver(delivery);
    await send('POST', '/api/todos', { title: 'b' });

    expect((await stream.next()).data).toMatchObject({ todo: { title: 'b' } });
    expect(chain.notifier.recent()).toHaveLength(2);
    stream.close();
  });

  test('a hundred changes at once come in order, each once', async () => {
    const stream = await EventStream.open(`${url}/sse/`);
    await stream.next();
    await Promise.all(
      Array.from({ length: 100 }, (_, index) => send('POST', '/api/todos', { title: `t${index}` })),
    );
    const revisions: unknown[] = [];
    for (let count = 0; count < 100; count += 1) {
      revisions.push(((await stream.next()).data as { revision: number }).revision);
    }
    expect(revisions).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
    stream.close();
  });
});
