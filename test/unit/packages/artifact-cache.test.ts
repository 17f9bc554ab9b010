import { mkdir, mkdtemp, readdir, readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ArtifactCache } from '../../../src/packages/artifact-cache.ts';
import type { Task } from '../../../src/task.ts';

const fingerprint = '0123456789ab';
const task: Task = { signal: new AbortController().signal, report: () => {} };
let folder: string;
let cache: ArtifactCache;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cache-'));
  cache = new ArtifactCache(folder);
});
afterEach(() => rm(folder, { recursive: true }));

const fillWith = (text: string) => (at: string) => writeFile(join(at, 'program'), text);

test('an entry is present after it was filled, and is not made a second time', async () => {
  expect(await cache.has('tool', fingerprint)).toBe(false);
  await cache.fill('tool', fingerprint, fillWith('one'), task);
  await cache.fill('tool', fingerprint, fillWith('two'), task);
  expect(await cache.has('tool', fingerprint)).toBe(true);
  expect(await readFile(join(cache.path('tool', fingerprint), 'program'), 'utf8')).toBe('one');
  expect(await readdir(join(folder, 'tool'))).toEqual([fingerprint]);
});

test('an entry with a file of another size, or without one, counts as absent and is made anew', async () => {
  const program = join(cache.path('tool', fingerprint), 'program');
  await cache.fill('tool', fingerprint, fillWith('whole'), task);
  await truncate(program, 2);
  expect(await cache.has('tool', fingerprint)).toBe(false);
  await cache.fill('tool', fingerprint, fillWith('again'), task);
  expect(await readFile(program, 'utf8')).toBe('again');
  await rm(program);
  expect(await cache.has('tool', fingerprint)).toBe(false);
});

test('an entry with a file of the same size and other content counts as absent; one that was only copied does not', async () => {
  const program = join(cache.path('tool', fingerprint), 'program');
  await cache.fill('tool', fingerprint, fillWith('whole'), task);
  await utimes(program, 1, 1);
  expect(await cache.has('tool', fingerprint)).toBe(true);
  await writeFile(program, 'other');
  expect(await cache.has('tool', fingerprint)).toBe(false);
  await cache.fill('tool', fingerprint, fillWith('whole'), task);
  expect(await readFile(program, 'utf8')).toBe('whole');
});

test.each(['', 'garbage', '[]', 'null', '{}', '{"files":[{"path":"../../victim","sizeBytes":6}]}'])(
  'an entry whose manifest says %j counts as absent and is made anew',
  async (text) => {
    await writeFile(join(folder, 'victim'), 'theirs');
    await cache.fill('tool', fingerprint, fillWith('one'), task);
    await writeFile(join(cache.path('tool', fingerprint), '.slipway-artifact.json'), text);
    expect(await cache.has('tool', fingerprint)).toBe(false);
    await cache.fill('tool', fingerprint, fillWith('two'), task);
    expect(await cache.has('tool', fingerprint)).toBe(true);
    expect(await readFile(join(folder, 'victim'), 'utf8')).toBe('theirs');
  },
);

test('a make that fails leaves nothing behind', async () => {
  const failing = async (at: string): Promise<void> => {
    await writeFile(join(at, 'half'), '');
    throw new Error('no space');
  };
  await expect(cache.fill('tool', fingerprint, failing, task)).rejects.toThrow('no space');
  expect(await readdir(join(folder, 'tool'))).toEqual([]);
});

test('a make that returns although the run was cancelled is not kept', async () => {
  const controller = new AbortController();
  const making = cache.fill('tool', fingerprint, async () => controller.abort(), {
    ...task,
    signal: controller.signal,
  });
  await expect(making).rejects.toThrow('aborted');
  expect(await cache.has('tool', fingerprint)).toBe(false);
});

test('two runs at once share one make', async () => {
  let made = 0;
  let finish = (): void => {};
  const finished = new Promise<void>((resolve) => (finish = resolve));
  const make = async (at: string): Promise<void> => {
    made++;
    await finished;
    await fillWith('shared')(at);
  };
  let waited = false;
  // Either of the two may get the lock first; the other one tells that it waits.
  const waiting = {
    ...task,
    report: () => {
      waited = true;
      finish();
    },
  };
  const first = cache.fill('tool', fingerprint, make, waiting);
  const second = new ArtifactCache(folder).fill('tool', fingerprint, make, waiting);
  await Promise.all([first, second]);
  expect({ made, waited }).toEqual({ made: 1, waited: true });
});

test('a run that waits for another one can be cancelled', async () => {
  const controller = new AbortController();
  const [begun, finished] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const make = (): Promise<void> => {
    begun.resolve();
    return finished.promise;
  };
  const first = cache.fill('tool', fingerprint, make, task);
  await begun.promise;
  const second = cache.fill('tool', fingerprint, fillWith('x'), {
    signal: controller.signal,
    report: () => controller.abort(),
  });
  await expect(second).rejects.toThrow('aborted');
  finished.resolve();
  await first;
});

test('entries come in order, and files only of whole ones; what is being made is no entry', async () => {
  await cache.fill('tool', fingerprint, fillWith('kept'), task);
  await mkdir(join(folder, 'a', 'ffffffffffff'), { recursive: true });
  await mkdir(join(folder, 'tool', '.tmp-ffffffffffff-abc'));
  expect(await cache.entries()).toEqual([
    { id: 'a', fingerprint: 'ffffffffffff' },
    { id: 'tool', fingerprint },
  ]);
  expect(await cache.files('a', 'ffffffffffff')).toBeUndefined();
  const files = (await cache.files('tool', fingerprint)) ?? [];
  expect(files.length).toBeGreaterThan(0);
  expect(files.map(({ path }) => path)).not.toContain('.slipway-artifact.json');
});

test('the temporary folder of a killed run is swept, entries stay', async () => {
  await cache.fill('tool', fingerprint, fillWith('kept'), task);
  await mkdir(join(folder, 'tool', '.tmp-ffffffffffff-abc'));
  await cache.sweep();
  expect(await readdir(join(folder, 'tool'))).toEqual([fingerprint]);
});

test('the temporary folder of a living run is not swept', async () => {
  await cache.fill(
    'tool',
    fingerprint,
    async (at) => {
      await cache.sweep();
      await fillWith('mine')(at);
    },
    task,
  );
  expect(await cache.has('tool', fingerprint)).toBe(true);
});

test('scratch is empty, and gone afterwards even when its use fails', async () => {
  const use = async (at: string): Promise<void> => {
    expect(await readdir(at)).toEqual([]);
    await writeFile(join(at, 'x'), '');
    throw new Error('failed in use');
  };
  await expect(cache.withScratch('image', fingerprint, async () => false, use, task)).rejects.toThrow(
    'in use',
  );
  expect(await readdir(join(folder, 'image'))).toEqual([]);
});
