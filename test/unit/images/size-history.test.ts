import { appendFile, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { growthBetween, SizeHistory } from '../../../src/images/size-history.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-sizes-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const layers = (sizeBytes: number, createdBy = 'RUN x') => [
  { diffId: `sha256:${sizeBytes}`, sizeBytes, createdBy },
];
const file = () => join(folder, 'image-sizes.jsonl');

describe('SizeHistory', () => {
  test('knows nothing at first', async () => {
    const sizes = new SizeHistory(join(folder, 'not-yet'));
    expect([await sizes.latest('a'), await sizes.layersOf('a:1')]).toEqual([undefined, undefined]);
  });

  test('remembers from one run to the next', async () => {
    await new SizeHistory(join(folder, 'new')).record('a', 'a:1', layers(5));
    const sizes = new SizeHistory(join(folder, 'new'));
    expect(await sizes.latest('a')).toMatchObject({ reference: 'a:1', sizeBytes: 5 });
    expect(await sizes.layersOf('a:1')).toEqual(layers(5));
  });

  test('growth is told of other content that was counted in the same way', async () => {
    const sizes = new SizeHistory(folder);
    const onDisk = (sizeBytes: number) =>
      layers(sizeBytes).map((layer) => ({ ...layer, isDiskUsage: true as const }));
    const first = await sizes.record('a', 'a:1', layers(100));
    const second = await sizes.record('a', 'a:2', layers(130));
    const third = await sizes.record('a', 'a:3', onDisk(200));
    const fourth = await sizes.record('a', 'a:4', onDisk(190));
    expect(growthBetween(first, second)).toBe(30);
    expect(growthBetween(second, second)).toBeUndefined();
    expect(growthBetween(second, third)).toBeUndefined();
    expect(growthBetween((await sizes.latest('a'))!, third)).toBe(10);
    expect(fourth.sizeBytes).toBe(190);
  });

  test('what was recorded before it was told how bytes were counted is measured again', async () => {
    await appendFile(
      file(),
      `${JSON.stringify({ at: 'x', name: 'a', reference: 'a:1', sizeBytes: 5, layers: layers(5) })}\n`,
    );
    expect(await new SizeHistory(folder).latest('a')).toBeUndefined();
  });

  test('images that are built at once are all recorded', async () => {
    const sizes = new SizeHistory(folder);
    const names = Array.from({ length: 30 }, (_, index) => `image-${index}`);
    await Promise.all(names.map((name) => sizes.record(name, `${name}:1`, layers(1))));
    expect(await Promise.all(names.map((name) => sizes.latest(name)))).not.toContain(undefined);
  });

  test('a line that a killed run left unfinished costs only itself', async () => {
    const sizes = new SizeHistory(folder);
    await sizes.record('a', 'a:1', layers(1));
    await appendFile(file(), '{"at":"2026-');
    await sizes.record('b', 'b:1', layers(2));
    expect([await sizes.latest('a'), await sizes.latest('b')]).toMatchObject([
      { sizeBytes: 1 },
      { sizeBytes: 2 },
    ]);
  });

  test('the file does not grow for ever, and keeps the last record of every image', async () => {
    const sizes = new SizeHistory(folder);
    await sizes.record('rare', 'rare:1', layers(7));
    const long = 'x'.repeat(60_000);
    for (let index = 0; index < 45; index++) await sizes.record('a', `a:${index}`, layers(index, long));
    expect((await stat(file())).size).toBeLessThan(2e6);
    expect(await sizes.latest('rare')).toMatchObject({ sizeBytes: 7 });
    expect(await sizes.latest('a')).toMatchObject({ reference: 'a:44' });
    expect(await readFile(file(), 'utf8')).toMatch(/\n$/);
  });

  test('a folder that cannot be written is a failure of the state', async () => {
    await appendFile(join(folder, 'plain-file'), '');
    const sizes = new SizeHistory(join(folder, 'plain-file', 'below'));
    await expect(sizes.record('a', 'a:1', layers(1))).rejects.toMatchObject({ code: 'state' });
  });
});
