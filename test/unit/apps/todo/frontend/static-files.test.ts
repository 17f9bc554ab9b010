import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { backendProxy } from '../../../../../apps/todo/frontend/src/backend-proxy.ts';
import { contentType } from '../../../../../apps/todo/frontend/src/content-type.ts';
import { staticRoutes } from '../../../../../apps/todo/frontend/src/static-files.ts';
import { HttpService } from '../../../../../apps/todo/shared/http-service.ts';
import type { Route } from '../../../../../apps/todo/shared/http-service.ts';
import { ServiceMetrics } from '../../../../../apps/todo/shared/service-metrics.ts';

let folder: string;
let running: HttpService[];

beforeEach(async () => {
  running = [];
  folder = await mkdtemp(join(tmpdir(), 'slipway-frontend-'));
  await writeFile(join(folder, 'index.html'), '<h1>Todo</h1>');
  await writeFile(join(folder, 'secret.txt'), 'not on the list');
});

afterEach(async () => {
  await Promise.all(running.map((service) => service.stop(0)));
  await rm(folder, { recursive: true });
});

async function serve(routes: readonly Route[]): Promise<string> {
  const metrics = new ServiceMetrics('test');
  const service = new HttpService({ log: () => {}, metrics, notReady: () => undefined, routes });
  running.push(service);
  return `http://127.0.0.1:${await service.listen(0)}`;
}

test('the page is served at / with rules against foreign content', async () => {
  const answer = await fetch(`${await serve(staticRoutes(folder, ['index.html']))}/`);
  expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(await answer.text()).toBe('<h1>Todo</h1>');
});

test('an edited file shows at once, an unchanged one is not sent again', async () => {
  const url = `${await serve(staticRoutes(folder, ['index.html']))}/`;
  const etag = (await fetch(url)).headers.get('etag') ?? '';
  expect((await fetch(url, { headers: { 'if-none-match': etag } })).status).toBe(304);
  await writeFile(join(folder, 'index.html'), '<h1>New</h1>');
  const answer = await fetch(url, { headers: { 'if-none-match': etag } });
  expect(await answer.text()).toBe('<h1>New</h1>');
});

test('no file is served that is not on the list', async () => {
  const url = await serve(staticRoutes(folder, ['index.html']));
  expect((await fetch(`${url}/secret.txt`)).status).toBe(404);
  expect((await fetch(`${url}/..%2fsecret.txt`)).status).toBe(404);
});

test('/api/ goes to the backend with body and status, and back', async () => {
  const backend = await serve([
    {
      method: 'POST',
      path: '/api/todos',
      handle: async ({ request, url }) => {
        let text = '';
        for await (const chunk of request) text += String(chunk);
        return { status: 201, body: { got: text, query: url.search } };
      },
    },
  ]);
  const url = await serve([backendProxy(backend)]);
  const answer = await fetch(`${url}/api/todos?a=1`, { method: 'POST', body: 'hello' });
  expect(answer.status).toBe(201);
  expect(await answer.json()).toEqual({ got: 'hello', query: '?a=1' });
});

test('a backend that is away is told as 502 with a message', async () => {
  // Nothing listens on the port of a service that has stopped.
  const gone = await serve([]);
  await running.pop()?.stop(0);
  const answer = await fetch(`${await serve([backendProxy(gone)])}/api/todos`);
  expect(answer.status).toBe(502);
  expect(await answer.json()).toMatchObject({ error: { code: 'backend-unavailable' } });
});

test('contentType knows the files of a page', () => {
  expect(contentType('/x/app.js')).toBe('text/javascript; charset=utf-8');
  expect(contentType('/x/ICON.SVG')).toBe('image/svg+xml');
  expect(contentType('/x/unknown')).toBe('application/octet-stream');
});
