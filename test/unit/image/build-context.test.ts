import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { extract } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { packContext, type PackedContext } from '../../../scripts/image/build-context.ts';

let folder: string;
const { signal } = new AbortController();
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-pack-'));
  await mkdir(join(folder, 'src'));
  await writeFile(join(folder, 'src/a.ts'), 'a');
  await writeFile(join(folder, 'Dockerfile'), 'FROM scratch\n');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const pack = (more: Partial<Parameters<typeof packContext>[0]> = {}) =>
  packContext(
    { contextFolder: folder, dockerfile: join(folder, 'Dockerfile'), hideDockerfile: true, ...more },
    signal,
  );

async function entriesOf(context: PackedContext) {
  const archive = extract();
  (context.stream as NodeJS.ReadableStream).pipe(archive as unknown as NodeJS.WritableStream);
  const entries = new Map<
    string,
    { mode: number; type: string; linkname: string | null; mtime: Date; content: Buffer }
  >();
  for await (const entry of archive) {
    const { name, mode = 0, type = 'file', linkname = null, mtime = new Date(0) } = entry.header;
    entries.set(name, { mode, type, linkname, mtime, content: await buffer(entry) });
  }
  return entries;
}

describe('packContext', () => {
  test('packs files, folders and links with modes of one bit and whole seconds', async () => {
    await writeFile(join(folder, 'run'), '');
    await chmod(join(folder, 'run'), 0o4711);
    await utimes(join(folder, 'run'), 1234.9, 1234.9);
    await symlink('src/a.ts', join(folder, 'link'));
    const context = await pack();
    expect(context.dockerfile).toBe('Dockerfile');
    const entries = await entriesOf(context);
    expect([...entries.keys()]).toEqual(['Dockerfile', 'link', 'run', 'src', 'src/a.ts']);
    expect(entries.get('run')).toMatchObject({ mode: 0o755, type: 'file', mtime: new Date(1234_000) });
    expect(entries.get('src/a.ts')).toMatchObject({ mode: 0o644, content: Buffer.from('a') });
    expect(entries.get('src')).toMatchObject({ mode: 0o755, type: 'directory' });
    expect(entries.get('link')).toMatchObject({ type: 'symlink', linkname: 'src/a.ts' });
  });

  test('a file larger than all buffers arrives whole', async () => {
    const content = Buffer.alloc(5_000_001, 'slipway');
    await writeFile(join(folder, 'large'), content);
    const arrived = (await entriesOf(await pack())).get('large')!.content;
    const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
    expect(digest(arrived)).toBe(digest(content));
  });

  test('a Dockerfile outside is put in, and hidden from COPY where the engine obeys', async () => {
    const outside = { contextFolder: join(folder, 'src') };
    const context = await pack(outside);
    const entries = await entriesOf(context);
    expect(entries.get(context.dockerfile)!.content.toString()).toBe('FROM scratch\n');
    expect(entries.get('.dockerignore')!.content.toString()).toBe(`.dockerignore\n${context.dockerfile}\n`);
    const shown = await entriesOf(await pack({ ...outside, hideDockerfile: false }));
    expect([...shown.keys()]).toEqual(['.slipway.Dockerfile', 'a.ts']);
  });

  test('an ignored or rewritten Dockerfile is put in under a name that nothing has', async () => {
    await writeFile(join(folder, '.slipway.Dockerfile'), 'mine');
    await writeFile(join(folder, '.dockerignore'), 'Dockerfile\n');
    const context = await pack({ rewrite: (text) => `${text}LABEL a=b\n` });
    const entries = await entriesOf(context);
    expect(context.dockerfile).toMatch(/^\.slipway-[0-9a-f]{12}\.Dockerfile$/);
    expect(entries.get(context.dockerfile)!.content.toString()).toBe('FROM scratch\nLABEL a=b\n');
    expect(entries.get('.slipway.Dockerfile')!.content.toString()).toBe('mine');
    expect(entries.get('.dockerignore')!.content.toString()).toBe(`Dockerfile\n${context.dockerfile}\n`);
    expect(entries.has('Dockerfile')).toBe(false);
  });

  test('a file that goes away while the context is sent breaks the stream with its name', async () => {
    const context = await pack();
    await rm(join(folder, 'src/a.ts'));
    await expect(buffer(context.stream)).rejects.toMatchObject({
      code: 'build',
      message: expect.stringContaining('a.ts'),
    });
  });

  test('a missing Dockerfile is a build failure', async () => {
    await expect(pack({ dockerfile: join(folder, 'no') })).rejects.toMatchObject({ code: 'build' });
  });
});
