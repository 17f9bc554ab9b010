import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ListRevision } from '../../../../../apps/todo/backend/src/list-revision.ts';
import { createDaprClient } from '../../../../../apps/todo/shared/dapr-client.ts';
import { FakeDapr } from '../../../../fakes/dapr.ts';

let dapr: FakeDapr;
let revision: ListRevision;
let logged: string[];

beforeEach(async () => {
  dapr = new FakeDapr();
  logged = [];
  const client = createDaprClient({ port: await dapr.attach('backend') });
  revision = new ListRevision({ dapr: client, log: (_level, message) => logged.push(message) });
});

afterEach(() => dapr.stop());

describe('the revision of the list', () => {
  test('counts from 1, and says where it is', async () => {
    expect(await revision.current()).toBe(0);
    expect([await revision.take(1), await revision.take(1)]).toEqual([1, 2]);
    expect(await revision.current()).toBe(2);
  });

  test('goes on above what was given when the store has lost its data', async () => {
    await revision.take(1);
    dapr.state.clear();
    expect(await revision.take(58)).toBe(58);
    expect(await revision.take(59)).toBe(59);
  });

  test('gives no number twice when another replica writes in between', async () => {
    let interruptions = 2;
    dapr.beforeSave = () => {
      if (interruptions === 0) return;
      interruptions -= 1;
      const { value = 0, etag = 0 } = dapr.state.get('backend||todo-list-revision') ?? {};
      dapr.state.set('backend||todo-list-revision', { value: Number(value) + 1, etag: etag + 1 });
    };
    expect(await revision.take(1)).toBe(3);
  });

  test('is refused after a number of lost races, not tried for ever', async () => {
    dapr.beforeSave = () => {
      const { etag = 0 } = dapr.state.get('backend||todo-list-revision') ?? {};
      dapr.state.set('backend||todo-list-revision', { value: 1, etag: etag + 1 });
    };
    await expect(revision.take(1)).rejects.toThrow(/5 times in a row/);
  });

  test('is left out, with one line in the log, when the sidecar is away', async () => {
    await dapr.stop();
    expect([await revision.current(), await revision.current()]).toEqual([undefined, undefined]);
    expect(logged).toEqual(['lists go without their revision']);
  });
});
