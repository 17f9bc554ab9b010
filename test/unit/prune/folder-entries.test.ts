import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { artifactEntries, stateEntries } from '../../../src/prune/folder-entries.ts';
import { markUsed } from '../../../src/prune/mark-used.ts';
import { removeEntry } from '../../../src/prune/perform-prune.ts';
import { FakeImageStore } from '../../fakes/image-store.ts';
import { ArtifactCache } from '../../../src/packages/artifact-cache.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-ledger-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(path: string, text = ''): string {
  const file = join(folder, path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, text);
  return file;
}

const signal = new AbortController().signal;

test('entries of the cache have size and last use; what is not ours is not named', async () => {
  const used = new Date('2026-01-02T00:00:00Z');
  write('go/0123456789ab/bin/tool', 'x'.repeat(10));
  write('go/0123456789ab/.slipway-artifact.json', '{}');
  write('go/.tmp-0123456789ab-1/half', 'xx');
  write('go/mine/file');
  write('file');
  symlinkSync(folder, join(folder, 'link'));
  await markUsed([join(folder, 'go/0123456789ab'), 'slipway.local/base:sha-1'], used);

  const entries = await artifactEntries(folder);
  expect(entries).toHaveLength(2);
  expect(entries).toEqual(
    expect.arrayContaining([
      {
        ...{ kind: 'artifact', id: join(folder, 'go/0123456789ab'), sizeBytes: 12, group: 'go' },
        usedAtMs: used.getTime(),
      },
      expect.objectContaining({ kind: 'leftover', id: join(folder, 'go/.tmp-0123456789ab-1'), sizeBytes: 2 }),
    ]),
  );
});

test('state of a cluster that is gone may go; a journal, a living cluster and lasting folders hold', async () => {
  write('gone/place.json', '{}');
  write('left/place.json', '{}');
  write('left/journal.jsonl', '{"v":1}\n');
  write('todo/place.json', '{}');
  write('todo.second/place.json', '{}');
  write('authority/key.pem');
  write('foreign/file');
  const entries = await stateEntries(folder, new Set(['todo']), 'journal.jsonl');
  const holds = Object.fromEntries(entries.map(({ id, heldBy }) => [id.slice(folder.length + 1), heldBy]));
  expect(holds).toEqual({
    gone: undefined,
    left: expect.stringContaining('slipway down'),
    todo: 'todo lives',
    'todo.second': 'todo lives',
    authority: expect.stringContaining('authority'),
    foreign: 'not known what it is',
  });
});

const refuse = (): Promise<never> => Promise.reject(new Error('no image is to be removed'));
const none = { find: refuse, remove: refuse };

test('an entry of the cache goes whole, and nothing beside it', async () => {
  write('go/0123456789ab/bin/tool');
  write('go/ba9876543210/bin/tool');
  utimesSync(join(folder, 'go/0123456789ab'), 1, 1);
  const [first] = (await artifactEntries(folder)).toSorted((a, b) => a.usedAtMs - b.usedAtMs);
  const images = none;
  const sweep = () => new ArtifactCache(folder).sweep();
  expect(await removeEntry({ images, sweep }, first!, signal)).toBe(true);
  expect(readdirSync(join(folder, 'go'))).toEqual(['ba9876543210']);
});

test('what a killed run has left goes, and not what a living one is making', async () => {
  const cache = new ArtifactCache(folder);
  const left = write('go/.tmp-0123456789ab-1/half');
  const images = none;
  const [leftover] = await artifactEntries(folder);
  let living = '';
  await cache.withScratch(
    ...(['rust', 'ba9876543210', async () => false] as const),
    async (scratch) => {
      living = scratch;
      await removeEntry({ images, sweep: () => cache.sweep() }, leftover!, signal);
      expect(existsSync(living)).toBe(true);
    },
    { signal, report: () => undefined },
  );
  expect(existsSync(left)).toBe(false);
});

test('an image that has come into use stays', async () => {
  const id = 'slipway.local/x:sha-000000000001';
  const image = { kind: 'image', id, sizeBytes: 1, usedAtMs: 0 } as const;
  const images = new FakeImageStore();
  images.add(id, { labels: { 'dev.slipway.owner': 'slipway' } });
  images.use(id);
  expect(await removeEntry({ images, sweep: async () => undefined }, image, signal)).toBe(false);
});

test('an image that has got other labels, and a stage that has got a name, since they were listed stay', async () => {
  const labels = { 'dev.slipway.owner': 'slipway', 'dev.slipway.stage': 'building' };
  const images = new FakeImageStore();
  images.add('slipway.local/x:sha-000000000001');
  const stage = images.add('sha256:stage', { id: 'sha256:stage', labels });
  images.tag(stage.id, 'mine/stage:1');
  const before = images.references;
  for (const [kind, id] of [
    ['image', 'slipway.local/x:sha-000000000001'],
    ['stage', stage.id],
  ] as const) {
    const entry = { kind, id, sizeBytes: 1, usedAtMs: 0 };
    expect(await removeEntry({ images, sweep: async () => undefined }, entry, signal)).toBe(false);
  }
  expect(images.references).toEqual(before);
});
