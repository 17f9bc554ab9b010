import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HttpProblem } from '../../../../../apps/todo/shared/http-problem.ts';
import { HttpService } from '../../../../../apps/todo/shared/http-service.ts';
import { createLog } from '../../../../../apps/todo/shared/log.ts';
import { readJsonBody } from '../../../../../apps/todo/shared/request-body.ts';
import { ServiceMetrics } from '../../../../../apps/todo/shared/service-metrics.ts';

let service: HttpService;
let url: string;
let reason: string | undefined;
let lines: string[];
let finishSlow: () => void;
let slowStarted: Promise<void>;

beforeEach(async () => {
  reason = undefined;
  lines = [];
  const slow = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  finishSlow = slow.resolve;
  slowStarted = started.promise;
  service = new HttpService({
    log: createLog('test', 'info', (line) => lines.push(line)),
    metrics: new ServiceMetrics('test'),
    notReady: () => reason,
    routes: [
      {
        method: 'POST',
        path: '/echo',
        handle: async ({ request }) => ({ status: 200, body: await readJsonBody(request, 20) }),
      },
      {
        method: 'GET',
        path: '/refused',
        handle: () => {
          throw new HttpProblem(409, 'taken', 'It is taken.', { headers: { 'retry-after': '1' } });
        },
      },
      {
        method: 'GET',
        path: '/broken',
        handle: () => {
          throw new Error('password=geheim');
        },
      },
      {
        method: 'GET',
        path: '/slow',
        handle: async () => {
          started.resolve();
          await slow.promise;
          return { status: 200, body: 'done' };
        },
      },
    ],
  });
  url = `http://127.0.0.1:${await service.listen(0)}`;
});

afterEach(async () => {
  finishSlow();
  await service.stop(0);
});

describe('an HTTP service', () => {
  test('is alive and ready', async () => {
    expect((await fetch(`${url}/health`)).status).toBe(200);
    expect((await fetch(`${url}/ready`)).status).toBe(200);
  });

  test('stays alive when it is not ready, and says why', async () => {
    reason = 'database: away';
    const answer = await fetch(`${url}/ready`);
    expect(answer.status).toBe(503);
    expect(await answer.json()).toEqual({ status: 'not ready', reason: 'database: away' });
    expect((await fetch(`${url}/health`)).status).toBe(200);
  });

  test('answers a refused request with its status, code and headers', async () => {
    const answer = await fetch(`${url}/refused`);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([409, '1']);
    expect(await answer.json()).toEqual({ error: { code: 'taken', message: 'It is taken.' } });
  });

  test('answers a bug with 500, logs it, and tells the client nothing of it', async () => {
    const answer = await fetch(`${url}/broken`);
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain('geheim');
    expect(lines.join()).toContain('geheim');
  });

  test('says which methods a path has', async () => {
    const answer = await fetch(`${url}/echo`);
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
  });

  test.each([
    ['{"a":1}', 'application/json', 200],
    ['{"a":1}', 'application/json; charset=utf-8', 200],
    ['{"a":1}', 'text/plain', 415],
    ['{', 'application/json', 400],
    ['', 'application/json', 400],
    [JSON.stringify('x'.repeat(30)), 'application/json', 413],
  ])('answers the body %s of type %s with %i', async (body, type, status) => {
    const answer = await fetch(`${url}/echo`, { method: 'POST', headers: { 'content-type': type }, body });
    expect(answer.status).toBe(status);
  });

  test('counts requests by route, not by path', async () => {
    await fetch(`${url}/refused`);
    await fetch(`${url}/some/unknown/path`);
    const text = await (await fetch(`${url}/metrics`)).text();
    expect(text).toContain(
      'http_requests_total{method="GET",route="/refused",status="409",service="test"} 1',
    );
    expect(text).toContain('http_requests_total{method="GET",route="none",status="404",service="test"} 1');
    expect(text).not.toContain('some/unknown');
  });

  test('still serves while draining, but is not ready', async () => {
    service.drain();
    expect((await fetch(`${url}/ready`)).status).toBe(503);
    const answer = await fetch(`${url}/health`);
    expect([answer.status, answer.headers.get('connection')]).toEqual([200, 'close']);
  });

  test('finishes the answer in flight before it stops', async () => {
    const answer = fetch(`${url}/slow`);
    await slowStarted;
    const stopped = service.stop(60_000);
    finishSlow();
    expect(await (await answer).text()).toBe('done');
    await stopped;
    await expect(fetch(`${url}/health`)).rejects.toThrow();
  });

  test('cuts an answer that takes longer than the grace period', async () => {
    const answer = fetch(`${url}/slow`);
    answer.catch(() => {});
    await slowStarted;
    await service.stop(10);
    await expect(answer).rejects.toThrow();
  });
});
