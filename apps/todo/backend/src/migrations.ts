// Pure: the steps from an empty database to the schema that this version works with.

/** Run in this order, each once. Never change one that was released: add another. */
export const migrations: readonly { readonly version: number; readonly sql: string }[] = [
  {
    version: 1,
    sql: `
      create table todo (
        id bigint generated always as identity primary key,
        title text not null check (length(title) between 1 and 200),
        done boolean not null default false,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now()
      )`,
  },
  {
    version: 2,
    sql: `
      create table outbox (
        sequence bigint generated always as identity primary key,
        event_id uuid not null default gen_random_uuid(),
        kind text not null check (kind in ('created', 'updated', 'deleted')),
        todo_id bigint not null,
        title text not null,
        done boolean not null,
        created_at timestamptz not null,
        updated_at timestamptz not null,
        at timestamptz not null default now()
      )`,
  },
];

/** The version that the code expects; a newer one in the database is fine (a rollback keeps working). */
export const schemaVersion = Math.max(...migrations.map(({ version }) => version));
