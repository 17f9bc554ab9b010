import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { chmod, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { fingerprintContext, type DigestMemory } from '../../../../src/images/context/context-fingerprint.ts';
import { listContext } from '../../../../src/images/context/context-listing.ts';

let folder: string;
const { signal } = new AbortController();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-context-'));
  await write('src/b.ts', 'b');
  await write('src/a.ts', 'a');
  await write('Dockerfile', 'FROM scratch');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function write(path: string, text: string): Promise<void> {
  await mkdir(join(folder, path, '..'), { recursive: true });
  await writeFile(join(folder, path), text);
}
const place = () => ({ contextFolder: folder, dockerfile: join(folder, 'Dockerfile') });
const fingerprint = (more: object = {}) => fingerprintContext({ ...place(), ...more }, signal);
const paths = async (dockerfile = join(folder, 'Dockerfile')) =>
  (await listContext({ contextFolder: folder, dockerfile }, signal)).entries.map((entry) => entry.path);

/** What listing and reading a context comes to for a user who is not root. */
async function asNobody(contextFolder: string): Promise<unknown> {
  const script = `
    const { fingerprintContext } = await import(${JSON.stringify(import.meta.resolve('../../../../src/images/context/context-fingerprint.ts'))});
    if (process.getuid() === 0) process.setuid(65534);
    await fingerprintContext(${JSON.stringify({ contextFolder, dockerfile: `${contextFolder}/Dockerfile` })}, new AbortController().signal)
      .then(() => console.log('{}'), ({ code, message, hint }) => console.log(JSON.stringify({ code, message, hint })));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
  return JSON.parse(stdout);
}

describe('listContext', () => {
  test('is sorted, folders and links included', async () => {
    await symlink('nowhere', join(folder, 'link'));
    expect(await paths()).toEqual(['Dockerfile', 'link', 'src', 'src/a.ts', 'src/b.ts']);
  });

  test('keeps the folders of what comes back, and no other ignored ones', async () => {
    await write('other/deep/c.ts', 'c');
    await write('.dockerignore', '*\n!src/a.ts');
    expect(await paths()).toEqual(['src', 'src/a.ts']);
  });

  test("the Dockerfile's own ignore file comes before that of the context", async () => {
    await write('.dockerignore', 'src');
    await write('build/X.Dockerfile', 'FROM scratch');
    await write('build/X.Dockerfile.dockerignore', '*\n!src');
    expect(await paths(join(folder, 'build/X.Dockerfile'))).toEqual(['src', 'src/a.ts', 'src/b.ts']);
  });

  test.each(['4913', 'a.ts~', '#a.ts#', '.a.ts.swp', '.#notes', 'x.kate-swp'])(
    'a file %s that only has the name of one of an editor belongs to it',
    async (name) => {
      await write(`src/${name}`, 'part of the project');
      expect(await paths()).toContain(`src/${name}`);
    },
  );

  test('a swap file of vim and a lock of emacs do not, known by what they hold', async () => {
    await write('src/.a.ts.swp', 'b0VIM 9.0');
    await symlink('me@host.1234:1700000000', join(folder, 'src/.#a.ts'));
    expect(await paths()).toEqual(['Dockerfile', 'src', 'src/a.ts', 'src/b.ts']);
  });

  test('sources are followed through links, as builders do', async () => {
    await write('releases/5/bin/app', 'x');
    await write('releases/5/doc', 'x');
    await write('releases/4/bin/app', 'x');
    await symlink('releases/5', join(folder, 'current'));
    await symlink('/src/a.ts', join(folder, 'main.ts'));
    const listed = async (...sources: string[]) =>
      (await listContext({ ...place(), sources }, signal)).entries.map((entry) => entry.path);
    expect(await listed('current/bin')).toEqual([
      'current',
      'releases',
      'releases/5',
      'releases/5/bin',
      'releases/5/bin/app',
    ]);
    expect(await listed('*.ts')).toEqual(['main.ts', 'src', 'src/a.ts']);
    expect(await listed('src/[b-z].ts')).toEqual(['src', 'src/b.ts']);
  });

  test('a circle of links does not hold it up', async () => {
    await symlink('two', join(folder, 'one'));
    await symlink('one', join(folder, 'two'));
    const { entries } = await listContext({ ...place(), sources: ['one/x'] }, signal);
    expect(entries.map(({ path }) => path)).toEqual(['one', 'two']);
  });

  test('a context that is a link to a folder is that folder, one to a file is none', async () => {
    await symlink('src', join(folder, 'link'));
    await symlink('Dockerfile', join(folder, 'wrong'));
    const at = (name: string) => listContext({ ...place(), contextFolder: join(folder, name) }, signal);
    expect((await at('link')).entries.map(({ path }) => path)).toEqual(['a.ts', 'b.ts']);
    await expect(at('wrong')).rejects.toMatchObject({ code: 'build' });
  });

  test('a context that is not there is a build failure', async () => {
    const nowhere = { contextFolder: join(folder, 'no'), dockerfile: join(folder, 'Dockerfile') };
    await expect(listContext(nowhere, signal)).rejects.toMatchObject({ code: 'build' });
  });
});

describe('fingerprintContext', () => {
  test('depends on content, name, executable bit and link target', async () => {
    const seen = [await fingerprint()];
    await write('src/a.ts', 'A');
    seen.push(await fingerprint());
    await chmod(join(folder, 'src/a.ts'), 0o755);
    seen.push(await fingerprint());
    await symlink('a.ts', join(folder, 'src/l'));
    seen.push(await fingerprint());
    await rm(join(folder, 'src/l'));
    await symlink('b.ts', join(folder, 'src/l'));
    seen.push(await fingerprint());
    await mkdir(join(folder, 'empty'));
    seen.push(await fingerprint());
    expect(new Set(seen).size).toBe(6);
  });

  test('does not depend on times, other mode bits, or ignored files', async () => {
    await write('.dockerignore', '.dockerignore\n*.log');
    const before = await fingerprint();
    await utimes(join(folder, 'src/a.ts'), 1, 1);
    await chmod(join(folder, 'src/a.ts'), 0o664);
    await write('x.log', 'x');
    expect(await fingerprint()).toBe(before);
  });

  test('does not depend on the umask of a checkout', async () => {
    const openFolders = (mode: number) =>
      Promise.all(['.', 'src'].map((name) => chmod(join(folder, name), mode)));
    const files = (mode: number) =>
      Promise.all(['src/a.ts', 'src/b.ts', 'Dockerfile'].map((name) => chmod(join(folder, name), mode)));
    await Promise.all([openFolders(0o755), files(0o644)]);
    const before = await fingerprint();
    await Promise.all([openFolders(0o700), files(0o600)]);
    expect(await fingerprint()).toBe(before);
  });

  test.each([
    ['set-user-id', 0o4644],
    ['for its owner alone', 0o600],
  ])('depends on what no umask makes: %s', async (_what, mode) => {
    await chmod(join(folder, 'src'), 0o755);
    const before = await fingerprint();
    await chmod(join(folder, 'src/a.ts'), mode);
    expect(await fingerprint()).not.toBe(before);
  });

  test('files whose names differ in bytes that are no text are two files', async () => {
    const raw = (byte: number): Buffer => Buffer.concat([Buffer.from(`${folder}/caf`), Buffer.from([byte])]);
    await writeFile(raw(0xe9), 'one');
    await writeFile(raw(0xe8), 'two');
    const before = await fingerprint();
    await writeFile(raw(0xe9), 'two');
    await writeFile(raw(0xe8), 'one');
    expect(await fingerprint()).not.toBe(before);
  });

  test('sockets and pipes are left out, and waited for by nobody', async () => {
    const before = await fingerprint();
    await promisify(execFile)('mkfifo', [join(folder, 'src/pipe')]);
    const server = createServer().listen(join(folder, 'src/socket'));
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    expect(await fingerprint()).toBe(before);
  });
});

describe('what cannot be read, or goes away', () => {
  test.each([
    ['a file', 'src/a.ts', 0o000],
    ['a folder', 'src', 0o000],
  ])('%s is named, with the way out', async (_what, path, mode) => {
    await chmod(folder, 0o755);
    await chmod(join(folder, path), mode);
    const told = await asNobody(folder).finally(() => chmod(join(folder, path), 0o755));
    expect(told).toMatchObject({
      code: 'build',
      message: expect.stringContaining(join(folder, path)),
      hint: expect.stringMatching(new RegExp(`chmod.*\\.dockerignore: ${path}$`)),
    });
  });

  test('files that go away between two looks are not there, and nothing else', async () => {
    for (let at = 0; at < 300; at++) await write(`src/${at}`, 'x');
    // In the listing, and gone when it is to be read.
    const reading = fingerprint();
    for (let at = 0; at < 300; at++) rmSync(join(folder, `src/${at}`), { force: true });
    await expect(reading).resolves.toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('the memory of digests', () => {
  /** A clock that says that all files have rested. */
  const later = { now: () => Date.now() + 10_000 };
  const remembered = ({ digests }: DigestMemory): string[] => Object.keys(digests ?? {}).sort();

  test('gives the same fingerprint with and without it', async () => {
    const plain = await fingerprint();
    const memory: DigestMemory = {};
    expect(await fingerprint({ memory, ...later })).toBe(plain);
    expect(await fingerprint({ memory, ...later })).toBe(plain);
  });

  test('a remembered file is not read again', async () => {
    const memory: DigestMemory = {};
    await fingerprint({ memory, ...later });
    const [stamp] = memory.digests!['src/a.ts']!;
    memory.digests = { ...memory.digests, 'src/a.ts': [stamp, 'f'.repeat(64)] };
    // The wrong digest is taken over: proof that the file was not read.
    expect(await fingerprint({ memory, ...later })).not.toBe(await fingerprint());
  });

  test('an edit that keeps size and modification time is seen', async () => {
    await utimes(join(folder, 'src/a.ts'), 1000, 1000);
    const memory: DigestMemory = {};
    const before = await fingerprint({ memory, ...later });
    await write('src/a.ts', 'X');
    await utimes(join(folder, 'src/a.ts'), 1000, 1000);
    expect(await fingerprint({ memory, ...later })).not.toBe(before);
  });

  test('a file that was written just now is not remembered', async () => {
    const memory: DigestMemory = {};
    await fingerprint({ memory, ...later });
    expect(remembered(memory)).toEqual(['Dockerfile', 'src/a.ts', 'src/b.ts']);
    await write('src/a.ts', 'fresh');
    await fingerprint({ memory });
    expect(remembered(memory)).toEqual(['Dockerfile', 'src/b.ts']);
  });
});
