import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exitCodeOf } from '../../../src/process/command-end.ts';
import { ZxCommandRunner } from '../../../src/process/zx-command-runner.ts';
import { failureOf } from '../../support/failure-of.ts';

const env = { PATH: process.env['PATH'], HOME: tmpdir() };
const runner = new ZxCommandRunner({ env });
const node = process.execPath;
const script = (source: string, ...args: string[]) => ({
  program: node,
  args: ['-e', source, '--', ...args],
});
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'runner-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('arguments', () => {
  const hostile = [
    '',
    ' ',
    "it's",
    '"double"',
    '$(touch pwned)',
    '`id`',
    '$HOME',
    'a\nb\n',
    '--version',
    '-',
    '*',
    '~',
    '\\',
    "\\'",
    '!!',
    'ünï ✓',
    'a;b&&c|d>e',
    '#x',
    '{a,b}',
    "$'x'",
  ];

  test('arrive unchanged, whatever they hold', async () => {
    const source = 'process.stdout.write(JSON.stringify(process.argv.slice(1)))';
    const result = await runner.run({ ...script(source, ...hostile), cwd: folder });
    expect(JSON.parse(result.stdout)).toEqual(hostile);
  });

  test('a program whose path holds blanks and quotes is run', async () => {
    const path = join(folder, "a 'b'.sh");
    await writeFile(path, '#!/bin/sh\necho "$1"\n', { mode: 0o755 });
    expect((await runner.run({ program: path, args: ['$x'] })).stdout).toBe('$x\n');
  });
});

describe('surroundings', () => {
  test('only the given environment is seen, `undefined` removes, the command adds', async () => {
    const own = new ZxCommandRunner({ env: { ...env, KEPT: '1', GONE: '2', BASH_ENV: '/nonexistent/file' } });
    const result = await own.run({
      ...script('process.stdout.write(JSON.stringify(process.env))'),
      env: { GONE: undefined, ADDED: '3' },
    });
    const seen = JSON.parse(result.stdout) as Record<string, string>;
    expect(seen).toMatchObject({ KEPT: '1', ADDED: '3' });
    expect(seen).not.toHaveProperty('GONE');
    expect(seen).not.toHaveProperty('BASH_ENV');
    expect(result.stderr).toBe('');
  });

  test('no bash is needed', async () => {
    const bare = join(folder, 'bare');
    await mkdir(bare);
    await symlink(node, join(bare, 'node'));
    const alone = new ZxCommandRunner({ env: { ...env, PATH: bare } });
    const { stdout } = await alone.run({ program: 'node', args: ['-p', '"it\'s" + process.pid'] });
    expect(stdout).toMatch(/^it's\d+\n$/);
  });

  test('without input the program reads an end of file at once', async () => {
    expect((await runner.run({ program: 'cat', args: [] })).stdout).toBe('');
    expect((await runner.run({ program: 'cat', args: [], input: '' })).stdout).toBe('');
  });

  test('input comes from a text or a stream', async () => {
    expect((await runner.run({ program: 'cat', args: [], input: 'text' })).stdout).toBe('text');
    const stream = Readable.from(['a', 'b']);
    expect((await runner.run({ program: 'cat', args: [], input: stream })).stdout).toBe('ab');
  });

  test('a program that does not read its input is not a failure', async () => {
    await expect(
      runner.run({ program: 'true', args: [], input: 'x'.repeat(1_000_000) }),
    ).resolves.toBeDefined();
  });

  test('an input stream that breaks ends the program', async () => {
    const broken = new Readable({
      read() {
        this.destroy(new Error('disk gone'));
      },
    });
    const failure = await failureOf(runner.run({ program: 'cat', args: [], input: broken }));
    expect(failure).toMatchObject({ code: 'command', cause: { reason: 'input-failed' } });
  });
});

describe('output', () => {
  test('lines of both streams are handed on as they come, the last one without its line end too', async () => {
    const lines: string[] = [];
    await runner.run({
      program: 'sh',
      args: ['-c', 'printf "one\\ntwo\\r\\nthree"; printf "bad\\n" >&2'],
      onLine: (line, stream) => lines.push(`${stream}:${line}`),
    });
    expect(lines.filter((line) => line.startsWith('stdout'))).toEqual([
      'stdout:one',
      'stdout:two',
      'stdout:three',
    ]);
    expect(lines).toContain('stderr:bad');
  });
});

describe('failures', () => {
  test('quote the exact command, the exit code and the last 30 lines', async () => {
    const failure = await failureOf(runner.run({ program: 'sh', args: ['-c', 'seq 1 100; exit 3'] }));
    expect(failure.code).toBe('command');
    expect(failure.message).toBe(`sh -c 'seq 1 100; exit 3' failed with exit code 3`);
    expect(failure.details).toHaveLength(30);
    expect(failure.details.at(-1)).toBe('100');
    expect(exitCodeOf(failure)).toBe(3);
  });

  test('hide secrets in the command and in the output', async () => {
    const secret = `pa'ss`;
    const failure = await failureOf(
      runner.run({ ...script('console.log(process.argv[1]); process.exit(1)', secret), redact: [secret] }),
    );
    expect(failure.message).not.toContain('ss ');
    expect(failure.message).toContain(`-- '***' failed`);
    expect(failure.details).toEqual(['***']);
  });

  test('tell a signal that came from elsewhere', async () => {
    const failure = await failureOf(runner.run({ program: 'sh', args: ['-c', 'kill -9 $$'] }));
    expect(failure).toMatchObject({ code: 'command', cause: { reason: 'exit', exitSignal: 'SIGKILL' } });
  });

  test('name a program that is not there, and a folder that is not there', async () => {
    const noProgram = await failureOf(runner.run({ program: 'no-such-program', args: [] }));
    expect(noProgram.message).toBe(
      'no-such-program cannot start: there is no program no-such-program on PATH',
    );
    const noFolder = await failureOf(runner.run({ program: 'true', args: [], cwd: '/nonexistent' }));
    expect(noFolder).toMatchObject({ code: 'command', cause: { reason: 'not-started' } });
  });
});

describe('find', () => {
  test('gives the full path of a program, or undefined', async () => {
    const path = join(folder, 'tool');
    await writeFile(path, '', { mode: 0o755 });
    await writeFile(join(folder, 'data'), '', { mode: 0o644 });
    const own = new ZxCommandRunner({ env: { PATH: `/nonexistent:${folder}` } });
    expect(await own.find('tool')).toBe(path);
    expect(await own.find('data')).toBeUndefined();
    expect(await own.find('absent')).toBeUndefined();
  });
});
