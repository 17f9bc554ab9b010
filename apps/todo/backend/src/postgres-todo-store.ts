// TodoStore in PostgreSQL.

import type { TaskEventKind } from '../../shared/task-event.ts';
import type { Database } from './database.ts';
import { toTodo } from './todo-row.ts';
import type { TodoRow } from './todo-row.ts';
import type { TodoStore } from './todo-store.ts';

const columns = 'id, title, done, created_at, updated_at';

/**
 * With `onEvent`, every change puts its event into the outbox, and calls it when both are committed. Without it no
 * event is kept, since nobody would ever take it out.
 */
export function createPostgresTodoStore(
  database: Database,
  options: { readonly onEvent?: (() => void) | undefined } = {},
): TodoStore {
  const { onEvent } = options;

  /** One statement, hence one transaction: the change is there with its event, or neither is. */
  async function change(kind: TaskEventKind, statement: string, values: readonly unknown[]) {
    const sql =
      onEvent === undefined
        ? statement
        : `with changed as (${statement}),
                event as (insert into outbox (kind, todo_id, title, done, created_at, updated_at)
                          select '${kind}', ${columns} from changed)
           select ${columns} from changed`;
    const [row] = await database.query<TodoRow>(sql, values);
    if (row === undefined) return undefined;
    onEvent?.();
    return toTodo(row);
  }

  return {
    async list({ done }) {
      const sql = `select ${columns} from todo where $1::boolean is null or done = $1 order by id`;
      return (await database.query<TodoRow>(sql, [done ?? null])).map(toTodo);
    },
    async find(id) {
      const [row] = await database.query<TodoRow>(`select ${columns} from todo where id = $1`, [id]);
      return row === undefined ? undefined : toTodo(row);
    },
    async add({ title, done }) {
      const sql = `insert into todo (title, done) values ($1, $2) returning ${columns}`;
      const todo = await change('created', sql, [title, done]);
      if (todo === undefined) throw new Error('insert returned no row');
      return todo;
    },
    change: (id, { title, done }) =>
      change(
        'updated',
        `update todo set title = coalesce($2, title), done = coalesce($3, done), updated_at = now()
         where id = $1 returning ${columns}`,
        [id, title ?? null, done ?? null],
      ),
    async remove(id) {
      const sql = `delete from todo where id = $1 returning ${columns}`;
      return (await change('deleted', sql, [id])) !== undefined;
    },
  };
}
