import { appendFile, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Journal } from '../../../scripts/engine/journal.ts';
import type { Resource } from '../../../scripts/plan/step.ts';

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
