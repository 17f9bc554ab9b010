import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HttpService } from '../../../../../apps/todo/shared/http-service.ts';
import { ServiceMetrics } from '../../../../../apps/todo/shared/service-metrics.ts';
import type { Notification } from '../../../../../apps/todo/shared/task-event.ts';
import { gatewayRoutes } from '../../../../../apps/todo/sse-gateway/src/gateway-routes.ts';
import { StreamHub } from '../../../../../apps/todo/sse-gateway/src/stream-hub.ts';
import { EventStream } from '../../../../support/event-stream.ts';

let hub: StreamHub;
let service: HttpService;
let metrics: ServiceMetrics;
let port: number;
let url: string;

beforeEach(async () => {
  metrics = new ServiceMetrics('sse-gateway');
  hub = new StreamHub({
    registry: metrics.registry,
    replay: 3,
    maximumStreams: 2,
    maximumUnsentBytes: 10_000,
  });
  const routes = gatewayRoutes(hub, () => {});
  service = new HttpService({ log: () => {}, metrics, notReady: () => undefined, routes });
  port = await service.listen(0);
  url = `http://127.0.0.1:${port}/sse/`;
});

afterEach(() => service.stop(0));

function notification(number: number, title = 'a'): Notification {
  const todo = { id: number, title, done: false, createdAt: 'c', updatedAt: 'u' };
  return { id: `n${number}`, kind: 'created', text: 'Added.', todo, revision: number, at: 't' };
}

async function figure(name: string): Promise<number> {
  const found = await metrics.registry.getSingleMetric(name)?.get();
  return Number(found?.values[0]?.value);
}

describe('a stream', () => {
  test('is not held back by proxies or caches', async () => {
    const stream = await EventStream.open(url);
    expect(stream.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    });
    stream.close();
  });

  test('tells each notification once, under its id', async () => {
    const stream = await EventStream.open(url);
    await stream.next();
    for (const number of [1, 1, 2]) hub.send(notification(number));
    expect(await stream.next()).toEqual({ event: 'notification', id: 'n1', data: notification(1) });
    expect(await stream.next()).toMatchObject({ id: 'n2' });
    stream.close();
  });

  test('goes on after the last event that a client has seen', async () => {
    for (const number of [1, 2, 3]) hub.send(notification(number));
    const stream = await EventStream.open(url, 'n1');
    expect(await stream.next()).toEqual({ event: 'hello', data: { complete: true } });
    expect([(await stream.next()).id, (await stream.next()).id]).toEqual(['n2', 'n3']);
    stream.close();
  });

  test('says so when too much was missed to make up for it', async () => {
    for (const number of [1, 2, 3, 4]) hub.send(notification(number));
    const stream = await EventStream.open(url, 'n1');
    expect(await stream.next()).toEqual({ event: 'hello', data: { complete: false } });
    hub.send(notification(5));
    expect(await stream.next()).toMatchObject({ id: 'n5' });
    stream.close();
  });

  test('gets comments while it is quiet', async () => {
    const stream = await EventStream.open(url);
    await stream.next();
    hub.beat();
    await expect.poll(() => stream.text).toMatch(/\n\n:\n\n$/);
    stream.close();
  });

  test('is counted as long as it is open', async () => {
    const stream = await EventStream.open(url);
    expect(await figure('sse_streams_open')).toBe(1);
    stream.close();
    await expect.poll(() => figure('sse_streams_open')).toBe(0);
  });

  test('is refused when there are too many, and possible again when one has ended', async () => {
    const streams = [await EventStream.open(url), await EventStream.open(url)];
    expect((await fetch(url)).status).toBe(503);
    streams[0]!.close();
    await expect.poll(() => figure('sse_streams_open')).toBe(1);
    const again = await EventStream.open(url);
    expect(await again.next()).toMatchObject({ event: 'hello' });
    streams[1]!.close();
    again.close();
  });

  test('is cut when its client does not read, and the others go on', async () => {
    const stream = await EventStream.open(url);
    await stream.next();
    const deaf = connect(port, '127.0.0.1');
    deaf.pause();
    deaf.on('error', () => {});
    const isClosed = new Promise((resolve) => deaf.on('close', resolve));
    deaf.write('GET /sse/ HTTP/1.1\r\nhost: a\r\n\r\n');
    await expect.poll(() => figure('sse_streams_open')).toBe(2);

    // More than the kernel holds for a client that does not read.
    const text = 'x'.repeat(50_000);
    let number = 0;
    await expect
      .poll(
        async () => {
          number += 1;
          hub.send(notification(number, text));
          await stream.next();
          return figure('sse_streams_cut_total');
        },
        { interval: 1, timeout: 9_000 },
      )
      .toBe(1);
    expect(await figure('sse_streams_open')).toBe(1);
    deaf.resume();
    await isClosed;
    stream.close();
  });
});

test('ending the streams lets the service stop at once, and tells clients when to come back', async () => {
  const stream = await EventStream.open(url);
  await stream.next();
  service.drain();
  hub.send(notification(1));
  expect(await stream.next()).toMatchObject({ id: 'n1' });

  hub.end();
  const stopping = performance.now();
  await service.stop(60_000);
  expect(performance.now() - stopping).toBeLessThan(5_000);
  await expect.poll(() => stream.isOver).toBe(true);
  expect(stream.text).toMatch(/retry: \d+\n\n$/);
});

test('HEAD answers without opening a stream', async () => {
  const answer = await fetch(url, { method: 'HEAD' });
  expect([answer.status, await figure('sse_streams_open')]).toEqual([200, 0]);
});
