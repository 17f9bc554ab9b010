import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Journal } from '../../../src/run/journal.ts';
import type { Resource } from '../../../src/plan/step.ts';

const image: Resource = { kind: 'image', reference: 'a:sha-1', after: [] };
const namespace: Resource = { kind: 'namespace', name: 'todo', after: [] };
let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'journal-'));
  file = join(folder, 'state', 'journal.jsonl');
});
afterEach(() => rm(folder, { recursive: true }));

test('what was intended and not taken away is found again, in the order of making', async () => {
  const journal = await Journal.open(file);
  await journal.record('intended', image);
  await journal.record('intended', namespace);
  await journal.record('made', image);
  const again = await Journal.open(file);
  expect(again.outstanding()).toEqual([
    { resource: image, mark: 'made' },
    { resource: namespace, mark: 'intended' },
  ]);
});

test('what is gone is no longer outstanding, and an empty journal leaves no file', async () => {
  const journal = await Journal.open(file);
  await journal.record('made', image);
  await journal.record('gone', image);
  await journal.compact();
  await expect(stat(file)).rejects.toThrow('ENOENT');
  expect((await Journal.open(file)).outstanding()).toEqual([]);
});

test('a torn last line is dropped and what comes after it is readable', async () => {
  const journal = await Journal.open(file);
  await journal.record('made', image);
  await appendFile(file, '{"v":1,"at":"2026');
  const again = await Journal.open(file);
  await again.record('made', namespace);
  expect((await Journal.open(file)).outstanding().map((entry) => entry.resource)).toEqual([image, namespace]);
});

test.each(['garbage', '', '{"v":1}', '[]', '{"v":1,"at":"","mark":"made","resource":{"kind":"moon"}}'])(
  'a damaged line %j in the middle is set aside, and the others count',
  async (line) => {
    const journal = await Journal.open(file);
    await journal.record('made', image);
    await appendFile(file, `${line}\n`);
    await journal.record('made', namespace);
    const again = await Journal.open(file);
    expect(again.damaged).toEqual([line]);
    expect(again.outstanding().map((entry) => entry.resource)).toEqual([image, namespace]);
    expect(await readFile(`${file}.damaged`, 'utf8')).toBe(`${line}\n`);
    expect((await Journal.open(file)).damaged).toEqual([]);
  },
);

test('a journal of a later version is refused with its place', async () => {
  const journal = await Journal.open(file);
  await journal.record('made', image);
  await appendFile(file, '{"v":2}\n');
  await expect(Journal.open(file)).rejects.toThrow(`${file}:2 is of version 2`);
});

test('stays small: many makings and removals leave a line per thing that is there', async () => {
  const journal = await Journal.open(file);
  await journal.record('made', namespace);
  for (let index = 0; index < 50; index++) {
    await journal.record('intended', image);
    await journal.record('gone', image);
  }
  await journal.compact();
  expect((await readFile(file, 'utf8')).trim().split('\n')).toHaveLength(1);
});

test('only its owner can read it', async () => {
  const journal = await Journal.open(file);
  await journal.record('made', image);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test('an act whose line could not be written is not known, and neither is any after it begun', async () => {
  const journal = await Journal.open(file);
  await journal.record('made', image);
  // A folder in the place of the file: nothing can be appended.
  await rm(file);
  await mkdir(file);
  await expect(journal.record('intended', namespace)).rejects.toThrow('EISDIR');
  expect(journal.markOf(namespace)).toBeUndefined();
  await expect(journal.record('intended', namespace)).rejects.toThrow('EISDIR');
  await rm(file, { recursive: true });
  // Half a line may be there: what came after it would be lost with it.
  await expect(journal.record('intended', namespace)).rejects.toThrow('EISDIR');
  await expect(journal.compact()).rejects.toThrow('EISDIR');
});

test('of two that record the same at a time neither goes on before it is on disk', async () => {
  const journal = await Journal.open(file);
  await writeFile(dirname(file), 'a file in the place of the folder');
  const both = await Promise.allSettled([
    journal.record('intended', namespace),
    journal.record('intended', namespace),
  ]);
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});

test('who only reads leaves a torn and damaged journal as it is, and writes nothing', async () => {
  const journal = await Journal.open(file);
  await journal.record('made', image);
  await appendFile(file, 'garbage\n{"v":1,"at":"2026');
  const before = await readFile(file, 'utf8');
  const reader = await Journal.read(file);
  expect([reader.damaged, reader.outstanding()]).toEqual([['garbage'], [{ mark: 'made', resource: image }]]);
  await reader.record('made', namespace);
  await reader.compact();
  expect(reader.markOf(namespace)).toBe('made');
  expect(await readFile(file, 'utf8')).toBe(before);
  expect(await readdir(dirname(file))).toEqual(['journal.jsonl']);
});

test.each(['journal.jsonl', 'journal.jsonl.damaged'])(
  'a folder in the place of %s is told, with the way out',
  async (name) => {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, 'garbage\n');
    await rm(join(dirname(file), name), { force: true });
    await mkdir(join(dirname(file), name));
    await expect(Journal.open(file)).rejects.toMatchObject({
      code: 'state',
      hint: expect.stringContaining('out of the way'),
    });
  },
);
