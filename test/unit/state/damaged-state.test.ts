import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readClusterRecord } from '../../../src/cluster/cluster-record.ts';
import { Failure } from '../../../src/failure.ts';
import { ImageAliases } from '../../../src/images/image-aliases.ts';
import { SizeHistory } from '../../../src/images/size-history.ts';
import { readDesiredState } from '../../../src/no-op/desired-state-cache.ts';
import { readPlace } from '../../../src/state/known-places.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-damaged-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const readers: readonly [string, () => Promise<unknown>][] = [
  ['place.json', () => readPlace(folder)],
  ['cluster.json', () => readClusterRecord(folder)],
  ['wish.json', () => readDesiredState(folder)],
  ['image-sizes.jsonl', () => new SizeHistory(folder).record('a', 'a:1', [])],
  ['image-aliases.json', async () => (await ImageAliases.open(folder)).record('a:2', 'a:1')],
];

const texts = ['', '\0\u{fffd}garbage', '{"v":1,"na', 'null', '[]', '{}', '{"v":"1","name":1,"run":[]}'];
type Damage = readonly [string, (file: string) => Promise<unknown>];
const damages: readonly Damage[] = [
  ...texts.map((text): Damage => [JSON.stringify(text), (file) => writeFile(file, text)]),
  ['a folder', (file) => mkdir(file)],
  ['a link to nothing', (file) => symlink(join(folder, 'nothing', 'there'), file)],
];

const rows = readers.flatMap(([name, read]) => damages.map(([kind, make]) => ({ name, kind, read, make })));

test.each(rows)('$name that is $kind is made good, or named with a way out', async ({ name, read, make }) => {
  const file = join(folder, name);
  await make(file);
  const verdict = await read().then(
    () => 'made good',
    (error: unknown) =>
      error instanceof Failure && error.message.includes(file) && error.hint?.includes(file) === true
        ? 'named with a way out'
        : error,
  );
  expect(verdict).toBeOneOf(['made good', 'named with a way out']);
});
