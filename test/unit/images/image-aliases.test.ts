import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ImageAliases } from '../../../src/images/image-aliases.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-aliases-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const reference = (name: string, digit: string): string => `slipway.local/c/${name}:sha-${digit.repeat(12)}`;
const file = () => join(folder, 'image-aliases.json');

test('remembers from one run to the next', async () => {
  const aliases = await ImageAliases.open(join(folder, 'new'));
  expect(aliases.of(reference('a', '1'))).toBe(reference('a', '1'));
  await Promise.all([
    aliases.record(reference('a', '2'), reference('a', '1')),
    aliases.record(reference('b', '2'), reference('b', '1')),
  ]);
  const later = await ImageAliases.open(join(folder, 'new'));
  expect([later.of(reference('a', '2')), later.of(reference('b', '2'))]).toEqual([
    reference('a', '1'),
    reference('b', '1'),
  ]);
});

test.each(['', 'garbage', '[]', 'null', '{"v":1}', '{"v":1,"aliases":[1]}', '{"v":2,"aliases":{"a":"b"}}'])(
  'a file that cannot be read is none, and is written anew: %j',
  async (text) => {
    await writeFile(file(), text);
    const aliases = await ImageAliases.open(folder);
    await aliases.record(reference('a', '2'), reference('a', '1'));
    expect(JSON.parse(await readFile(file(), 'utf8'))).toEqual({
      v: 1,
      aliases: { [reference('a', '2')]: reference('a', '1') },
    });
  },
);

test('a file leads to no other image, nor to anything that is no tag of ours', async () => {
  const aliases = {
    [reference('a', '1')]: reference('b', '1'),
    [reference('a', '2')]: 'slipway.local/c/a:latest',
    [reference('a', '3')]: 7,
    'other/a:1': 'other/a:2',
  };
  await writeFile(file(), JSON.stringify({ v: 1, aliases }));
  const read = await ImageAliases.open(folder);
  for (const one of Object.keys(aliases)) expect(read.of(one)).toBe(one);
});
