import { afterEach, beforeEach, expect, test } from 'vitest';
import { createDaprClient, daprFromEnvironment } from '../../../../../apps/todo/shared/dapr-client.ts';
import type { DaprClient } from '../../../../../apps/todo/shared/dapr-client.ts';
import { FakeDapr } from '../../../../fakes/dapr.ts';

let dapr: FakeDapr;
let client: DaprClient;

beforeEach(async () => {
  dapr = new FakeDapr();
  client = createDaprClient({ port: await dapr.attach('app') });
});

afterEach(() => dapr.stop());

const event = { id: 'a', source: '/s', type: 't', time: '2026-11-21T10:00:00.000Z', data: { n: 1 } };

test('an event is published in an envelope of its own, so that its id stays', async () => {
  await client.publish('things', event);
  expect(dapr.published).toEqual([
    { topic: 'things', event: { specversion: '1.0', datacontenttype: 'application/json', ...event } },
  ]);
});

test('a refused publish says what Dapr says, and nothing of the event', async () => {
  dapr.refusePublish = 403;
  await expect(client.publish('things', event)).rejects.toThrow(
    /^publish to things: 403 .*ERR_PUBSUB_PUBLISH_MESSAGE/,
  );
});

test('state is written only over what was read', async () => {
  const nothing = await client.readState('k');
  expect(nothing).toEqual({ value: undefined, etag: undefined });
  expect(await client.saveState('k', { value: 1, etag: undefined })).toBe(true);
  expect(await client.saveState('k', { value: 2, etag: undefined })).toBe(false);
  const { value, etag } = await client.readState('k');
  expect(value).toBe(1);
  expect(await client.saveState('k', { value: 2, etag })).toBe(true);
  expect(await client.saveState('k', { value: 3, etag })).toBe(false);
});

test('a pod without a sidecar has no client', () => {
  expect(daprFromEnvironment({})).toBeUndefined();
  expect(daprFromEnvironment({ DAPR_HTTP_PORT: '3500' })).toBeDefined();
});
