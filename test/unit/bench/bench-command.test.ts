import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { CommandContext } from '../../../src/cli/command-context.ts';
import { bench } from '../../support/bench/bench-command.ts';
import type { Bench } from '../../support/bench/bench.ts';

const folder = join(import.meta.dirname, '../../bench');

test('every file of the folder is a bench of that name', async () => {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.ts'));
  const names = await Promise.all(
    files.map(async (file) => ((await import(join(folder, file))) as { bench: Bench }).bench.name),
  );
  expect(names.map((name) => `${name}.ts`)).toEqual(files);
});

test('a bench that is not there is refused, and those that are there are named', async () => {
  const options = { flags: new Set<string>(), texts: new Map([['only', 'pigeon']]), positionals: [] };
  await expect(bench({ options, env: {} } as unknown as CommandContext)).rejects.toMatchObject({
    code: 'usage',
    message: "bench: there is no bench called 'pigeon'",
    hint: expect.stringContaining('image-load'),
  });
});
