import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CloudEvent } from '../../../../../apps/todo/shared/cloud-event.ts';
import { subscriptionRoutes } from '../../../../../apps/todo/shared/dapr-subscription.ts';
import { HttpService } from '../../../../../apps/todo/shared/http-service.ts';
import { ServiceMetrics } from '../../../../../apps/todo/shared/service-metrics.ts';

let service: HttpService;
let url: string;
let receive: (event: CloudEvent) => Promise<'done' | 'drop'>;

beforeEach(async () => {
  receive = async () => 'done';
  service = new HttpService({
    log: () => {},
    metrics: new ServiceMetrics('test'),
    notReady: () => undefined,
    routes: subscriptionRoutes({ topic: 'things', log: () => {}, receive: (event) => receive(event) }),
  });
  url = `http://127.0.0.1:${await service.listen(0)}`;
});

afterEach(() => service.stop(0));

const envelope = { specversion: '1.0', id: 'a', source: '/s', type: 't', time: 'now', data: { n: 1 } };

async function deliver(body: unknown): Promise<unknown> {
  const answer = await fetch(`${url}/events/things`, {
    method: 'POST',
    headers: { 'content-type': 'application/cloudevents+json' },
    body: JSON.stringify(body),
  });
  return ((await answer.json()) as { status: unknown }).status;
}

describe('a subscription', () => {
  test('is told to Dapr with the path it delivers to', async () => {
    expect(await (await fetch(`${url}/dapr/subscribe`)).json()).toEqual([
      { pubsubname: 'pubsub', topic: 'things', route: '/events/things' },
    ]);
  });

  test('receives the event out of its envelope', async () => {
    const received: CloudEvent[] = [];
    receive = async (event) => {
      received.push(event);
      return 'done';
    };
    expect(await deliver({ ...envelope, traceid: 'x', pubsubname: 'pubsub' })).toBe('SUCCESS');
    expect(received).toEqual([{ id: 'a', source: '/s', type: 't', time: 'now', data: { n: 1 } }]);
  });

  test('asks for an event again when it could not be worked with now, and drops it when it never can', async () => {
    receive = () => Promise.reject(new Error('broker away'));
    expect(await deliver(envelope)).toBe('RETRY');
    receive = async () => 'drop';
    expect(await deliver(envelope)).toBe('DROP');
  });

  test.each([[{}], [[]], ['text'], [{ ...envelope, id: '' }], [{ ...envelope, id: 'a\ndata: forged' }]])(
    'drops %j, which is no event',
    async (body) => {
      expect(await deliver(body)).toBe('DROP');
    },
  );

  test('takes one delivery after the other, in the order they came', async () => {
    const first = Promise.withResolvers<void>();
    const begun: string[] = [];
    receive = async ({ id }) => {
      begun.push(id);
      if (id === 'slow') await first.promise;
      return 'done';
    };
    const slow = deliver({ ...envelope, id: 'slow' });
    await expect.poll(() => begun).toEqual(['slow']);
    const quick = deliver({ ...envelope, id: 'quick' });
    // The health route is answered by the same process, so by now the second delivery has been read as well.
    await fetch(`${url}/health`);
    expect(begun).toEqual(['slow']);
    first.resolve();
    await Promise.all([slow, quick]);
    expect(begun).toEqual(['slow', 'quick']);
  });
});
