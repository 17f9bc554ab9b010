import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ConfigUnreadable, readFreshConfig } from '../../../src/config/read-config-afresh.ts';

const { signal } = new AbortController();
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-config-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);
const read = () => readFreshConfig(at('config.ts'), signal);

test('a config is read anew with what it imports, and tells its files', async () => {
  await writeFile(at('part.ts'), 'export const part: number = 1;\n');
  await writeFile(at('types.ts'), 'export interface Shape { part: number }\n');
  await writeFile(
    at('config.ts'),
    "import { part } from './part.ts';\nimport type { Shape } from './types.ts';\nexport default { part } satisfies Shape;\n",
  );
  expect(await read()).toEqual({ config: { part: 1 }, files: [at('config.ts'), at('part.ts')] });
  await writeFile(at('part.ts'), 'export const part: number = 2;\n');
  expect((await read()).config).toEqual({ part: 2 });
});

test.each([
  ['export default {', /cannot be read/],
  ['export const a = 1;\n', /no default export/],
  ["import './gone.ts';\nexport default {};\n", /gone\.ts/],
  ['export default { make: () => 1 };\n', /cannot be read/],
  ['process.exit(3);\n', /ended the process/],
])('what cannot be read is told, with the files to look at: %j', async (text, message) => {
  await writeFile(at('config.ts'), text);
  const error = await read().catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ConfigUnreadable);
  expect(error).toMatchObject({ code: 'config', message: expect.stringMatching(message) });
  expect((error as ConfigUnreadable).files).toContain(at('config.ts'));
});

test('a stop ends the reading of a config that hangs', async () => {
  await writeFile(at('config.ts'), 'await new Promise(() => setInterval(() => {}, 1000));\n');
  const stop = new AbortController();
  const reading = readFreshConfig(at('config.ts'), stop.signal);
  stop.abort(new Error('stopped'));
  await expect(reading).rejects.toThrow('stopped');
});
