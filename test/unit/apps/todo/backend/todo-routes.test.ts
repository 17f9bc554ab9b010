import { afterEach, expect, test } from 'vitest';
import { todoRoutes } from '../../../../../apps/todo/backend/src/todo-routes.ts';
import { HttpService } from '../../../../../apps/todo/shared/http-service.ts';
import { ServiceMetrics } from '../../../../../apps/todo/shared/service-metrics.ts';
import { TodoMemory } from '../../../../fakes/todo-memory.ts';

let service: HttpService;

async function serve(readRevision?: () => Promise<number | undefined>): Promise<string> {
  service = new HttpService({
    log: () => {},
    metrics: new ServiceMetrics('backend'),
    notReady: () => undefined,
    routes: todoRoutes(memory, readRevision),
  });
  return `http://127.0.0.1:${await service.listen(0)}/api/todos`;
}

const memory = new TodoMemory();

afterEach(() => service.stop(0));

test('without a store for it, lists come without a revision', async () => {
  const answer = await fetch(await serve());
  expect([answer.status, answer.headers.has('todo-revision')]).toEqual([200, false]);
});

test('the revision is read before the list: a change in between may be in the list, never missing from it', async () => {
  const url = await serve(async () => {
    await memory.add({ title: 'In between', done: false });
    return 0;
  });
  const answer = await fetch(url);
  expect(answer.headers.get('todo-revision')).toBe('0');
  expect(await answer.json()).toMatchObject({ todos: [{ title: 'In between' }] });
});
