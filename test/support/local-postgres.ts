// A PostgreSQL of its own for one file of tests, from the programs of this machine, gone afterwards.

import { execFile, type ChildProcess } from 'node:child_process';
import { accessSync, mkdtempSync } from 'node:fs';
import { chown, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { until } from './until.ts';

const run = promisify(execFile);

/** Whoever is root lends the server to this user: PostgreSQL refuses to run as root. */
const nobody = 65_534;

/** Folder with the programs initdb and postgres; undefined where they are not installed. */
export function findPostgres(): string | undefined {
  return (process.env['PATH'] ?? '').split(delimiter).find((folder) => {
    try {
      for (const program of ['initdb', 'postgres']) accessSync(join(folder, program));
      return true;
    } catch {
      return false;
    }
  });
}

export class LocalPostgres {
  readonly #folder: string;
  readonly #server: ChildProcess;
  #databases = 0;

  private constructor(folder: string, server: ChildProcess) {
    this.#folder = folder;
    this.#server = server;
  }

  static async start(programs: string): Promise<LocalPostgres> {
    const folder = mkdtempSync(join(tmpdir(), 'slipway-postgres-'));
    const isRoot = process.getuid?.() === 0;
    const user = isRoot ? { uid: nobody, gid: nobody } : {};
    if (isRoot) await chown(folder, nobody, nobody);
    const data = join(folder, 'data');
    const options = ['--username=todo', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync'];
    await run(join(programs, 'initdb'), ['-D', data, ...options], { ...user, cwd: folder }).catch(
      async (error) => {
        await rm(folder, { recursive: true });
        throw error;
      },
    );
    // Only a socket in its own folder: no port to collide with, and nobody else reaches it.
    const settings = [
      '-c',
      'listen_addresses=',
      '-c',
      `unix_socket_directories=${folder}`,
      '-c',
      'fsync=off',
    ];
    const server = execFile(join(programs, 'postgres'), ['-D', data, ...settings], { ...user, cwd: folder });
    const postgres = new LocalPostgres(folder, server);
    try {
      await until('PostgreSQL answers', () =>
        postgres.#query('select 1').then(
          () => true,
          (error: unknown) => String(error),
        ),
      );
      return postgres;
    } catch (error) {
      await postgres.stop();
      throw error;
    }
  }

  /** Makes an empty database; resolves with its URL. */
  async createDatabase(): Promise<string> {
    this.#databases += 1;
    const name = `test_${this.#databases}`;
    await this.#query(`create database ${name}`);
    return this.#url(name);
  }

  async stop(): Promise<void> {
    const over = new Promise((resolve) => this.#server.on('exit', resolve));
    this.#server.kill('SIGINT'); // ends sessions instead of waiting for them
    await over;
    await rm(this.#folder, { recursive: true });
  }

  #url(database: string): string {
    return `postgresql://todo@/${database}?host=${encodeURIComponent(this.#folder)}`;
  }

  async #query(sql: string): Promise<void> {
    const client = new pg.Client({ connectionString: this.#url('postgres') });
    client.on('error', () => {});
    try {
      await client.connect();
      await client.query(sql);
    } finally {
      await client.end();
    }
  }
}
