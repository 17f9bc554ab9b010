import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { desiredStateKey } from '../../../src/no-op/desired-state-key.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-wish-'));
  mkdirSync(join(folder, 'app/src'), { recursive: true });
  mkdirSync(join(folder, 'chart'));
  writeFileSync(join(folder, 'app/.dockerignore'), 'dist\n');
  writeFileSync(join(folder, 'app/src/a.ts'), 'a');
  writeFileSync(join(folder, 'chart/values.yaml'), 'a: 1');
});
afterEach(() => rmSync(folder, { recursive: true }));

async function digest(changes: { config?: unknown; settings?: unknown } = {}): Promise<string> {
  const place = { contextFolder: join(folder, 'app'), dockerfile: join(folder, 'app/Dockerfile') };
  const sources = { contexts: [place, place], paths: [join(folder, 'chart'), join(folder, 'kind.yaml')] };
  const inputs = { config: {}, settings: [], ...sources, ...changes };
  return (await desiredStateKey(inputs, new AbortController().signal)).digest;
}

const write = (path: string) => (): void => writeFileSync(join(folder, path), 'other');

test.each([
  ['a file of a context', write('app/src/a.ts')],
  ['a new file in a context', write('app/src/b.ts')],
  ['the ignore file', write('app/.dockerignore')],
  ['a file of a folder that is listed whole', write('chart/values.yaml')],
  ['a new file there', write('chart/more.yaml')],
  ['a file that was not there', write('kind.yaml')],
  ['a file that is gone', () => rmSync(join(folder, 'app/src/a.ts'))],
])('%s makes another key', async (_case, change) => {
  const before = await digest();
  change();
  expect(await digest()).not.toBe(before);
});

test('the file that a link leads to counts', async () => {
  symlinkSync(join(folder, 'app/src/a.ts'), join(folder, 'chart/link'));
  const before = await digest();
  write('app/src/a.ts')();
  expect(await digest()).not.toBe(before);
});

test('config and settings make another key', async () => {
  const keys = [await digest(), await digest({ config: { a: 1 } }), await digest({ settings: ['x'] })];
  expect(new Set(keys).size).toBe(3);
});

test('what the ignore file leaves out makes no other key', async () => {
  const before = await digest();
  mkdirSync(join(folder, 'app/dist'));
  write('app/dist/a.js')();
  expect(await digest()).toBe(before);
});

test('a file in a folder that a link leads to counts, and a circle of links is gone round once', async () => {
  mkdirSync(join(folder, 'shared'));
  writeFileSync(join(folder, 'shared/a.yaml'), 'a');
  symlinkSync('../shared', join(folder, 'chart/link'));
  symlinkSync('.', join(folder, 'chart/loop'));
  const before = await digest();
  write('shared/a.yaml')();
  expect(await digest()).not.toBe(before);
});
