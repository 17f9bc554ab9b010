import { chmod, mkdir, mkdtemp, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fingerprintContext } from '../../../scripts/image/context-fingerprint.ts';
import { listContext } from '../../../scripts/image/context-listing.ts';

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
    await chmod(join(folder, 'src/a.ts'), 0o600);
    await write('x.log', 'x');
    expect(await fingerprint()).toBe(before);
  });
});

describe('the memory of digests', () => {
  const cacheFile = () => join(folder, '..', `${folder.split('/').at(-1)}.cache.json`);
  afterEach(() => rm(cacheFile(), { force: true }));
  /** A clock that says that all files have rested. */
  const later = { now: () => Date.now() + 10_000 };
  const remembered = async () =>
    Object.keys(JSON.parse(await readFile(cacheFile(), 'utf8')).digests as object).sort();

  test('gives the same fingerprint with and without it', async () => {
    const plain = await fingerprint();
    expect(await fingerprint({ cacheFile: cacheFile(), ...later })).toBe(plain);
    expect(await fingerprint({ cacheFile: cacheFile(), ...later })).toBe(plain);
  });

  test('a remembered file is not read again', async () => {
    await fingerprint({ cacheFile: cacheFile(), ...later });
    const text = await readFile(cacheFile(), 'utf8');
    const digest = /"src\/a\.ts":\["[^"]+","(\w+)"\]/.exec(text)![1]!;
    await writeFile(cacheFile(), text.replace(digest, 'f'.repeat(64)));
    // The wrong digest is taken over: proof that the file was not read.
    expect(await fingerprint({ cacheFile: cacheFile(), ...later })).not.toBe(await fingerprint());
  });

  test('an edit that keeps size and modification time is seen', async () => {
    await utimes(join(folder, 'src/a.ts'), 1000, 1000);
    const before = await fingerprint({ cacheFile: cacheFile(), ...later });
    await write('src/a.ts', 'X');
    await utimes(join(folder, 'src/a.ts'), 1000, 1000);
    expect(await fingerprint({ cacheFile: cacheFile(), ...later })).not.toBe(before);
  });

  test('a file that was written just now is not remembered', async () => {
    await fingerprint({ cacheFile: cacheFile(), ...later });
    expect(await remembered()).toEqual(['Dockerfile', 'src/a.ts', 'src/b.ts']);
    await write('src/a.ts', 'fresh');
    await fingerprint({ cacheFile: cacheFile() });
    expect(await remembered()).toEqual(['Dockerfile', 'src/b.ts']);
  });

  test('a broken memory is the same as none', async () => {
    await writeFile(cacheFile(), '{"version":1,"digests":{"src/a.ts":');
    expect(await fingerprint({ cacheFile: cacheFile() })).toBe(await fingerprint());
  });
});
