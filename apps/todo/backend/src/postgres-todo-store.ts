// TodoStore in PostgreSQL.

import type { Database } from './database.ts';
import type { Todo } from './todo.ts';
import type { TodoStore } from './todo-store.ts';

interface TodoRow {
  /** bigint comes as text: it may be larger than a number holds exactly. Ours are counted up from 1. */
  id: string;
  title: string;
  done: boolean;
  created_at: Date;
  updated_at: Date;
}

const columns = 'id, title, done, created_at, updated_at';

export function createPostgresTodoStore(database: Database): TodoStore {
  const first = async (sql: string, values: readonly unknown[]) => {
    const [row] = await database.query<TodoRow>(sql, values);
    return row === undefined ? undefined : toTodo(row);
  };
  return {
    async list({ done }) {
      const sql = `select ${columns} from todo where $1::boolean is null or done = $1 order by id`;
      return (await database.query<TodoRow>(sql, [done ?? null])).map(toTodo);
    },
    find: (id) => first(`select ${columns} from todo where id = $1`, [id]),
    async add({ title, done }) {
      const sql = `insert into todo (title, done) values ($1, $2) returning ${columns}`;
      const [row] = await database.query<TodoRow>(sql, [title, done]);
      if (row === undefined) throw new Error('insert returned no row');
      return toTodo(row);
    },
    change: (id, { title, done }) =>
      first(
        `update todo set title = coalesce($2, title), done = coalesce($3, done), updated_at = now()
         where id = $1 returning ${columns}`,
        [id, title ?? null, done ?? null],
      ),
    async remove(id) {
      return (await database.query('delete from todo where id = $1 returning id', [id])).length > 0;
    },
  };
}

function toTodo(row: TodoRow): Todo {
  return {
    id: Number(row.id),
    title: row.title,
    done: row.done,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}
