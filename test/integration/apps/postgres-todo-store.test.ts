// The store and the outbox of the backend on a real PostgreSQL, which is started for this file from what is installed.

import { afterAll, beforeAll, beforeEach, describe, expect, test, type TestContext } from 'vitest';
import { Database } from '../../../apps/todo/backend/src/database.ts';
import { createPostgresOutbox } from '../../../apps/todo/backend/src/postgres-outbox.ts';
import { createPostgresTodoStore } from '../../../apps/todo/backend/src/postgres-todo-store.ts';
import { todoStoreContract } from '../../contract/todo-store.contract.ts';
import { findPostgres, LocalPostgres } from '../../support/local-postgres.ts';

let server: LocalPostgres | undefined;
const programs = findPostgres();

function needPostgres(context: TestContext): void {
  if (programs === undefined) context.skip('PostgreSQL is not installed on this machine');
}

async function openDatabase(): Promise<Database> {
  const database = new Database({ url: await server!.createDatabase(), log: () => {} });
  expect(await database.notReady()).toBeUndefined();
  return database;
}

describe('On PostgreSQL', () => {
  beforeAll(async () => {
    if (programs !== undefined) server = await LocalPostgres.start(programs);
  });
  beforeEach(needPostgres);
  afterAll(() => server?.stop());

  todoStoreContract({
    title: 'PostgreSQL',
    make: async () => {
      const database = await openDatabase();
      let told = 0;
      return {
        store: createPostgresTodoStore(database, { onEvent: () => (told += 1) }),
        outbox: createPostgresOutbox(database),
        told: () => told,
        dispose: () => database.close(),
      };
    },
  });

  test('without anybody to publish them, no events are kept', async () => {
    const database = await openDatabase();
    await createPostgresTodoStore(database).add({ title: 'a', done: false });
    expect(await createPostgresOutbox(database).countWaiting()).toBe(0);
    await database.close();
  });

  test('a connection that ends in the middle of a publish leaves the event where it was', async () => {
    const database = await openDatabase();
    const outbox = createPostgresOutbox(database);
    await createPostgresTodoStore(database, { onEvent: () => {} }).add({ title: 'a', done: false });
    const others = 'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()';
    const published = outbox.deliverNext(async () => void (await database.query(others)));
    await expect(published).rejects.toThrow();
    expect(await outbox.countWaiting()).toBe(1);
    expect(await outbox.deliverNext(async () => {})).toBe(true);
    await database.close();
  });
});
