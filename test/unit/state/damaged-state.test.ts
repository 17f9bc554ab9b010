import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readClusterRecord } from '../../../src/cluster/cluster-record.ts';
import { Failure } from '../../../src/failure.ts';
import { ImageAliases } from '../../../src/images/image-aliases.ts';
import { SizeHistory } from '../../../src/images/size-history.ts';
import { readDesiredState } from '../../../src/no-op/desired-state-cache.ts';
import { openConnection } from '../../../src/kubernetes/client/connect-cluster.ts';
import { machineFailure } from '../../../src/machine-failure.ts';
import { readStamps } from '../../../src/releases/release-stamps.ts';
import { Journal } from '../../../src/run/journal.ts';
import { lockRun } from '../../../src/run/run-lock.ts';
import { readPlace, rememberPlace } from '../../../src/state/known-places.ts';
import { listTraces } from '../../../src/trace/keep-traces.ts';

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
  ['journal.jsonl', () => Journal.open(join(folder, 'journal.jsonl'))],
  ['stamps', () => readStamps(folder)],
  ['20260101T000000000Z-up.json', () => listTraces(folder)],
  ['kubeconfig', () => openConnection(join(folder, 'kubeconfig'))],
  [
    'run.lock',
    async () => {
      const lock = await lockRun(folder, 'up');
      await lock.release();
    },
  ],
  // Written, not read: the edge makes a Failure of what the system refuses.
  ['place.json', () => rememberPlace(folder, { environment: 'dev', clusterName: 'shop-dev' })],
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
    (thrown: unknown) => {
      const error = machineFailure(thrown);
      const told = error instanceof Failure ? `${error.message} ${error.hint}` : '';
      return told.includes(file) && (error as Failure).hint !== undefined ? 'named with a way out' : error;
    },
  );
  expect(verdict).toBeOneOf(['made good', 'named with a way out']);
});
