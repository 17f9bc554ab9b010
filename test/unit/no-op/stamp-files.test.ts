import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { stampFiles } from '../../../src/no-op/stamp-files.ts';

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'stamps-'));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

test('links in a circle and names that are too long have stamps as what is not there has', async () => {
  const inside = await folder();
  await symlink(join(inside, 'b'), join(inside, 'a'));
  await symlink(join(inside, 'a'), join(inside, 'b'));
  const { lines } = stampFiles([join(inside, 'a'), join(inside, 'x'.repeat(300)), join(inside, 'none')]);
  expect(lines).toEqual([
    expect.stringMatching(/\/a \d+:/),
    expect.stringMatching(/\/a → ELOOP$/),
    expect.stringMatching(/ ENAMETOOLONG$/),
    expect.stringMatching(/\/none absent$/),
  ]);
});

test('a file in the place of a folder has a stamp, and what would be in it is absent', async () => {
  const inside = await folder();
  await writeFile(join(inside, 'file'), '');
  expect(stampFiles([join(inside, 'file', 'kind')]).lines).toEqual([expect.stringMatching(/absent|ENOTDIR/)]);
});
