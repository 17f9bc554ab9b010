import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readDesiredState } from '../../../src/no-op/desired-state-cache.ts';

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'wish-'))));
afterEach(() => rm(folder, { recursive: true }));

test.each([
  '',
  'garbage',
  '[]',
  'null',
  '{}',
  '{"v":1}',
  '{"v":1,"run":null}',
  '{"v":1,"run":{"clusterName":"a"}}',
])('a kept desired state that says %j is none', async (text) => {
  await writeFile(join(folder, 'wish.json'), text);
  expect(await readDesiredState(folder)).toBeUndefined();
});

test('what this version has written is read', async () => {
  const run = { clusterName: 'a', desired: { artifacts: [], releases: [] } };
  await writeFile(join(folder, 'wish.json'), JSON.stringify({ v: 1, run }));
  expect(await readDesiredState(folder)).toMatchObject({ run });
});
