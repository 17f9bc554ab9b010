// Outbox in PostgreSQL: a table that the statements of the todo store write to.

import type { TaskEventKind } from '../../shared/task-event.ts';
import type { Database } from './database.ts';
import type { Outbox } from './outbox.ts';
import { toTodo } from './todo-row.ts';
import type { TodoRow } from './todo-row.ts';

/** Any number but that of the migrations; held by the one replica that publishes. */
const publisherLock = 7_032_115;

interface OutboxRow extends TodoRow {
  readonly sequence: string;
  readonly event_id: string;
  readonly kind: TaskEventKind;
  readonly at: Date;
}

const next = `
  select sequence, event_id, kind, at, todo_id as id, title, done, created_at, updated_at
  from outbox order by sequence limit 1`;

export function createPostgresOutbox(database: Database): Outbox {
  return {
    deliverNext: (publish) =>
      database.transaction(async (query) => {
        const [lock] = await query<{ mine: boolean }>('select pg_try_advisory_xact_lock($1) as mine', [
          publisherLock,
        ]);
        // Whoever holds it looks again after its entry, and then finds what this replica has just committed.
        if (lock?.mine !== true) return false;
        const [row] = await query<OutboxRow>(next);
        if (row === undefined) return false;
        await publish({
          sequence: Number(row.sequence),
          id: row.event_id,
          kind: row.kind,
          todo: toTodo(row),
          at: row.at.toISOString(),
        });
        await query('delete from outbox where sequence = $1', [row.sequence]);
        return true;
      }),
    async countWaiting() {
      const [row] = await database.query<{ waiting: number }>('select count(*)::int as waiting from outbox');
      return row?.waiting ?? 0;
    },
  };
}
