import { createHash } from 'node:crypto';
import { execFile } from 'node:child_process';
import {
  chmod,
  mkdir,
  mkdtemp,
  readFile,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { extract } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { packContext, type PackedContext } from '../../../../src/images/context/build-context.ts';
import { SourcesChanged } from '../../../../src/images/context/sources-changed.ts';

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
  test('packs files, folders and links with the modes that every umask leaves, and whole seconds', async () => {
    await writeFile(join(folder, 'run'), '');
    await chmod(join(folder, 'run'), 0o4711);
    await utimes(join(folder, 'run'), 1234.9, 1234.9);
    await symlink('src/a.ts', join(folder, 'link'));
    const context = await pack();
    expect(context.dockerfile).toBe('Dockerfile');
    const entries = await entriesOf(context);
    expect([...entries.keys()]).toEqual(['Dockerfile', 'link', 'run', 'src/', 'src/a.ts']);
    expect(entries.get('run')).toMatchObject({ mode: 0o4755, type: 'file', mtime: new Date(1234_000) });
    expect(entries.get('src/a.ts')).toMatchObject({ mode: 0o644, content: Buffer.from('a') });
    expect(entries.get('src/')).toMatchObject({ mode: 0o755, type: 'directory' });
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

  test.each(['gone', 'a folder', 'a pipe', 'a link'])(
    'a file that is %s by the time it is sent breaks the stream with its name',
    async (what) => {
      const context = await pack();
      const file = join(folder, 'src/a.ts');
      await rm(file);
      if (what === 'a folder') await mkdir(file);
      if (what === 'a pipe') await promisify(execFile)('mkfifo', [file]);
      if (what === 'a link') await symlink('/etc/hostname', file);
      const failure: unknown = await buffer(context.stream).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(SourcesChanged);
      expect(failure).toMatchObject({ code: 'build', message: expect.stringContaining('a.ts') });
    },
  );

  test('a file that loses bytes while it is read breaks the stream, one that gains some is cut', async () => {
    const file = join(folder, 'src/large');
    await writeFile(file, Buffer.alloc(8_000_000));
    const shrinking = (await pack()).stream;
    const failed = (async () => {
      for await (const chunk of shrinking) if ((chunk as Buffer).length > 10_000) await truncate(file, 10);
    })();
    await expect(failed).rejects.toBeInstanceOf(SourcesChanged);

    await writeFile(file, Buffer.alloc(8_000_000));
    const growing = (await pack()).stream;
    const chunks: Buffer[] = [];
    for await (const chunk of growing) {
      if (chunks.length === 0) await writeFile(file, 'more', { flag: 'a' });
      chunks.push(chunk as Buffer);
    }
    expect(Buffer.concat(chunks).length % 512).toBe(0);
  });

  // As the other side reads it: GNU tar, on real files.
  const unpacked = async (): Promise<string> => {
    const to = await mkdtemp(join(tmpdir(), 'slipway-unpacked-'));
    onTestFinished(() => rm(to, { recursive: true, force: true }));
    const file = `${to}.tar`;
    onTestFinished(() => rm(file, { force: true }));
    await writeFile(file, (await pack()).stream);
    await promisify(execFile)('tar', ['-xf', file, '-C', to]);
    return to;
  };

  test('times before 1970 and after 2038 arrive as they are', async () => {
    const times = { old: -86_400 * 365, first: -1, late: 2 ** 31 + 5, far: 2 ** 33 + 7 };
    for (const [name, time] of Object.entries(times)) {
      await writeFile(join(folder, name), name);
      // As a Date: for a negative number Node takes the time of now.
      await utimes(join(folder, name), new Date(time * 1000), new Date(time * 1000));
    }
    const to = await unpacked();
    for (const [name, time] of Object.entries(times))
      expect([name, (await stat(join(to, name))).mtimeMs / 1000]).toEqual([name, time]);
  });

  test('names of any bytes, long names and long links arrive as they are', async () => {
    const long = `${'d'.repeat(200)}/${'e'.repeat(200)}/${'ö'.repeat(120)}`;
    await mkdir(join(folder, long), { recursive: true });
    await writeFile(join(folder, long, 'f'), 'deep');
    const raw = (name: string): Buffer =>
      Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(name, 'latin1')]);
    // Two names that are one as soon as bytes that are no text become '\uFFFD'.
    await writeFile(raw('caf\xe9'), 'one');
    await writeFile(raw('caf\xe8'), 'two');
    await writeFile(join(folder, 'a\nb'), 'lines');
    await symlink(long, join(folder, 'link'));
    const to = await unpacked();
    const there = (name: string): Promise<string> =>
      readFile(Buffer.concat([Buffer.from(`${to}/`), Buffer.from(name, 'latin1')]), 'utf8');
    expect([await there('caf\xe9'), await there('caf\xe8'), await there('a\nb')]).toEqual([
      'one',
      'two',
      'lines',
    ]);
    expect(await readFile(join(to, 'link/f'), 'utf8')).toBe('deep');
  });

  test('what a build does not read is not sent', async () => {
    await writeFile(join(folder, 'README.md'), 'x');
    await writeFile(join(folder, 'Dockerfile'), 'FROM scratch\nCOPY src /src\n');
    const context = await pack();
    const entries = await entriesOf(context);
    expect([...entries.keys()]).toEqual(['.slipway.Dockerfile', '.dockerignore', 'src/', 'src/a.ts']);
    expect(context.dockerfile).toBe('.slipway.Dockerfile');
  });

  test('a Dockerfile that is a link to somewhere else is sent as what it says', async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), 'slipway-elsewhere-'));
    onTestFinished(() => rm(elsewhere, { recursive: true, force: true }));
    await writeFile(join(elsewhere, 'D'), 'FROM scratch\nCOPY . .\n');
    await rm(join(folder, 'Dockerfile'));
    await symlink(join(elsewhere, 'D'), join(folder, 'Dockerfile'));
    const context = await pack();
    const entries = await entriesOf(context);
    expect(entries.get(context.dockerfile)).toMatchObject({
      type: 'file',
      content: Buffer.from('FROM scratch\nCOPY . .\n'),
    });
  });

  test('a missing Dockerfile is a build failure', async () => {
    await expect(pack({ dockerfile: join(folder, 'no') })).rejects.toMatchObject({ code: 'build' });
  });
});
