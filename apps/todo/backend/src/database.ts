// PostgreSQL: one pool, its schema, and whether it can serve.

import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { HttpProblem } from '../../shared/http-problem.ts';
import { errorText } from '../../shared/log.ts';
import type { Log } from '../../shared/log.ts';
import { migrations, schemaVersion } from './migrations.ts';

/** Any number; all replicas that migrate at once must use the same. */
const migrationLock = 7_032_114;

/** Runs one statement of a transaction. */
export type Query = <Row extends pg.QueryResultRow>(
  sql: string,
  values?: readonly unknown[],
) => Promise<Row[]>;

export class Database {
  readonly #pool: pg.Pool;
  readonly #log: Log;
  #migrating: Promise<void> | undefined;

  constructor(options: { readonly url: string; readonly log: Log }) {
    this.#log = options.log;
    this.#pool = new pg.Pool({
      connectionString: options.url,
      max: 10,
      connectionTimeoutMillis: 3_000,
      idleTimeoutMillis: 30_000,
      query_timeout: 5_000,
      keepAlive: true,
      application_name: 'todo-backend',
    });
    // An idle connection ends when PostgreSQL restarts: the pool drops it and opens a new one at the next query.
    this.#pool.on('error', (error) =>
      this.#log('warn', 'lost a database connection', { cause: error.message }),
    );
  }

  /** Runs one statement. A database that cannot be reached is HttpProblem 503, so that a client may try again. */
  async query<Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    try {
      const result = await this.#pool.query<Row>(sql, [...values]);
      return result.rows;
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      throw new HttpProblem(503, 'database-unavailable', 'The database cannot be reached right now.', {
        headers: { 'retry-after': '2' },
        cause: error,
      });
    }
  }

  /** Commits what `work` has done when it resolves, undoes it when it rejects. */
  async transaction<Result>(work: (query: Query) => Promise<Result>): Promise<Result> {
    const client = await this.#pool.connect();
    // Without a listener, a connection that ends while `work` waits for something else would end the process.
    const onError = (error: Error) =>
      this.#log('warn', 'lost a database connection', { cause: error.message });
    client.on('error', onError);
    let isBroken = true;
    try {
      await client.query('begin');
      const result = await work(async (sql, values = []) => (await client.query(sql, [...values])).rows);
      await client.query('commit');
      isBroken = false;
      return result;
    } catch (error) {
      // What cannot be rolled back is closed, which undoes it as well.
      isBroken = await client.query('rollback').then(
        () => false,
        () => true,
      );
      throw error;
    } finally {
      client.off('error', onError);
      client.release(isBroken);
    }
  }

  /**
   * Why the database cannot serve, or undefined if it can. An empty database is migrated on the way:
   * it may come later than this process, or come back empty.
   */
  async notReady(): Promise<string | undefined> {
    try {
      if ((await this.#version()) >= schemaVersion) return undefined;
      this.#migrating ??= this.#migrate().finally(() => (this.#migrating = undefined));
      await this.#migrating;
      return undefined;
    } catch (error) {
      return `database: ${errorText(error)}`;
    }
  }

  /** Tries until the database is ready once, so that it is migrated at start and not with the first probe. */
  async prepare(signal: AbortSignal): Promise<void> {
    let told: string | undefined;
    while (!signal.aborted) {
      const reason = await this.notReady();
      if (reason === undefined) return;
      if (reason !== told) this.#log('warn', 'waiting for the database', { reason });
      told = reason;
      await setTimeout(1_000, undefined, { signal }).catch(() => {});
    }
  }

  /** Closes all connections when their queries are done. */
  async close(): Promise<void> {
    await this.#pool.end();
  }

  async #version(): Promise<number> {
    try {
      const { rows } = await this.#pool.query<{ version: number | null }>(
        'select max(version) as version from schema_migration',
      );
      return rows[0]?.version ?? 0;
    } catch (error) {
      if (error instanceof pg.DatabaseError && error.code === '42P01') return 0; // no such table: nothing migrated yet
      throw error;
    }
  }

  async #migrate(): Promise<void> {
    const client = await this.#pool.connect();
    try {
      await client.query('begin');
      // Held until the end of the transaction: a second replica waits here and then finds nothing to do.
      await client.query('select pg_advisory_xact_lock($1)', [migrationLock]);
      await client.query(
        'create table if not exists schema_migration (version int primary key, applied_at timestamptz not null default now())',
      );
      const { rows } = await client.query<{ version: number }>('select version from schema_migration');
      const applied = new Set(rows.map(({ version }) => version));
      for (const { version, sql } of migrations) {
        if (applied.has(version)) continue;
        await client.query(sql);
        await client.query('insert into schema_migration (version) values ($1)', [version]);
        this.#log('info', 'migrated the database', { version });
      }
      await client.query('commit');
      client.release();
    } catch (error) {
      // Closing the connection rolls back, also when it is broken and could not take a statement any more.
      client.release(true);
      throw error;
    }
  }
}

/** Connections lost, refused or timed out; a server that starts or stops; no free slots; a schema not made yet. */
function isUnavailable(error: unknown): boolean {
  if (!(error instanceof pg.DatabaseError)) return true; // what does not come from the server comes from the way to it
  return /^(08|28|53|57P|42P01)/.test(error.code ?? '');
}
