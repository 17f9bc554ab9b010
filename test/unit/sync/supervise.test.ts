// The process above a program that syncs start again: it must be as good as not there.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, test } from 'vitest';
import { supervisorFile } from '../../fakes/local-pods.ts';

const script = await readFile(supervisorFile, 'utf8');

class Supervised implements AsyncDisposable {
  readonly folder: string;
  readonly child;
  readonly #lines;

  private constructor(folder: string, program: string) {
    this.folder = folder;
    this.child = spawn('sh', ['-c', script, 'supervise', folder, process.execPath, '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#lines = createInterface({ input: this.child.stdout! })[Symbol.asyncIterator]();
  }

  static async start(program: string): Promise<Supervised> {
    return new Supervised(await mkdtemp(join(tmpdir(), 'slipway-supervise-')), program);
  }

  /** The next line that the program writes. */
  async line(): Promise<string | undefined> {
    return (await this.#lines.next()).value as string | undefined;
  }

  async ended(): Promise<number | null> {
    if (this.child.exitCode !== null) return this.child.exitCode;
    const [code] = (await once(this.child, 'exit')) as [number | null];
    return code;
  }

  mark(name: string): Promise<void> {
    return writeFile(join(this.folder, name), '');
  }

  async program(): Promise<number> {
    return Number(await readFile(join(this.folder, 'process'), 'utf8'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGKILL');
    const program = await this.program().catch(() => undefined);
    try {
      if (program) process.kill(program, 'SIGKILL');
    } catch {
      // It has ended.
    }
    await rm(this.folder, { recursive: true, force: true });
  }
}

const FOREVER = 'setInterval(() => {}, 1e6);';

describe('the supervisor', () => {
  test.for([0, 1, 42])('ends with the exit code %i of the program', async (code) => {
    await using supervised = await Supervised.start(`process.exit(${code})`);
    expect(await supervised.ended()).toBe(code);
  });

  test('passes SIGTERM on, waits for as long as the program takes, and ends with its code', async () => {
    await using supervised = await Supervised.start(
      `${FOREVER} process.on('SIGTERM', () => setTimeout(() => process.exit(7), 200)); console.log('up')`,
    );
    await supervised.line();
    supervised.child.kill('SIGTERM');
    expect(await supervised.ended()).toBe(7);
  });

  test.for(['SIGINT', 'SIGHUP', 'SIGUSR2'] as const)('passes %s on', async (signal) => {
    await using supervised = await Supervised.start(
      `${FOREVER} process.on('${signal}', () => console.log('heard')); process.on('SIGTERM', () => process.exit(3)); console.log('up')`,
    );
    await supervised.line();
    supervised.child.kill(signal);
    expect(await supervised.line()).toBe('heard');
    supervised.child.kill('SIGTERM');
    expect(await supervised.ended()).toBe(3);
  });

  test('a program that is killed ends it, with what a shell says of that', async () => {
    await using supervised = await Supervised.start(`${FOREVER} console.log('up')`);
    await supervised.line();
    process.kill(await supervised.program(), 'SIGKILL');
    expect(await supervised.ended()).toBe(137);
  });

  test('starts the program again when its end was asked for, and only then', async () => {
    await using supervised = await Supervised.start(`${FOREVER} console.log(process.pid)`);
    const first = await supervised.line();
    await supervised.mark('restart');
    process.kill(Number(first), 'SIGTERM');
    const second = await supervised.line();
    expect(second).not.toBe(first);
    process.kill(Number(second), 'SIGTERM');
    expect(await supervised.ended()).toBe(143);
  });

  test('an end during a trial is told, and waits to be put right', async () => {
    await using supervised = await Supervised.start(`${FOREVER} console.log(process.pid)`);
    await supervised.line();
    await supervised.mark('trial');
    process.kill(await supervised.program(), 'SIGKILL');
    const told = async (): Promise<string> =>
      readFile(join(supervised.folder, 'ended'), 'utf8').catch(() => '');
    await expect.poll(told).toBe('137\n');
    expect(supervised.child.exitCode).toBeNull();
    await supervised.mark('restart');
    expect(await supervised.line()).toMatch(/^\d+$/);
    await expect.poll(told).toBe('');
    await rm(join(supervised.folder, 'trial'));
    process.kill(await supervised.program(), 'SIGKILL');
    expect(await supervised.ended()).toBe(137);
  });

  test('a trial that nobody decides any more ends as a crash', async () => {
    await using supervised = await Supervised.start(`${FOREVER} console.log('up')`);
    await supervised.line();
    await supervised.mark('trial');
    process.kill(await supervised.program(), 'SIGKILL');
    await expect.poll(() => readFile(join(supervised.folder, 'ended'), 'utf8').catch(() => '')).not.toBe('');
    await rm(join(supervised.folder, 'trial'));
    expect(await supervised.ended()).toBe(137);
  });

  test('a stop during a restart is a stop', async () => {
    await using supervised = await Supervised.start(
      `${FOREVER} process.on('SIGTERM', () => setTimeout(() => process.exit(4), 300)); console.log('up')`,
    );
    await supervised.line();
    await supervised.mark('restart');
    process.kill(await supervised.program(), 'SIGTERM');
    supervised.child.kill('SIGTERM');
    expect(await supervised.ended()).toBe(4);
  });
});
