import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { carriesMark, checkIdentity, ownershipMark } from '../../../src/cluster/cluster-identity.ts';
import {
  readClusterRecord,
  removeClusterRecord,
  writeClusterRecord,
} from '../../../src/cluster/cluster-record.ts';
import { FakeClusterApi } from '../../fakes/cluster-api.ts';
import { failureOf } from '../../support/failure-of.ts';
import { openScene } from '../up/scene.ts';

const record = { name: 'c', identity: 'uid-1', environment: 'small' };
const { signal } = new AbortController();

describe('the record of a cluster', () => {
  test('is read as it was written, by nobody else, until it is removed', async () => {
    await using scene = await openScene();
    const folder = join(scene.stateFolder, 'new');
    expect(await readClusterRecord(folder)).toBeUndefined();
    await writeClusterRecord(folder, record);
    expect(await readClusterRecord(folder)).toEqual(record);
    expect((await stat(join(folder, 'cluster.json'))).mode & 0o777).toBe(0o600);
    await removeClusterRecord(folder);
    await removeClusterRecord(folder);
    expect(await readClusterRecord(folder)).toBeUndefined();
  });

  test.each(['', '{"name":', '[]', 'null', '{}', '3', '{"name":"a","identity":"","environment":"b"}'])(
    'that says %j is a failure that names the file and the way out, not no record',
    async (text) => {
      await using scene = await openScene();
      const file = join(scene.stateFolder, 'cluster.json');
      await writeFile(file, text);
      const failure = await failureOf(readClusterRecord(scene.stateFolder));
      expect([failure.code, failure.message]).toEqual(['state', expect.stringContaining(file)]);
      expect(failure.hint).toContain(`Delete ${file}`);
    },
  );

  test('that cannot be read is a failure, not no record', async () => {
    await using scene = await openScene();
    await mkdir(join(scene.stateFolder, 'cluster.json'));
    expect((await failureOf(readClusterRecord(scene.stateFolder))).code).toBe('state');
  });
});

test('a cluster of the recorded identity passes, another one does not', async () => {
  await checkIdentity(new FakeClusterApi('uid-1'), record, signal);
  const failure = await failureOf(checkIdentity(new FakeClusterApi('uid-2'), record, signal));
  expect(failure.code).toBe('identity');
  expect(failure.details.join('\n')).toMatch(/uid-1[^]*uid-2/);
});

test('a cluster carries the mark of its own environment only', async () => {
  const api = new FakeClusterApi();
  expect(await carriesMark(api, { name: 'small' }, signal)).toBe(false);
  api.add(ownershipMark({ name: 'small' }));
  expect([
    await carriesMark(api, { name: 'small' }, signal),
    await carriesMark(api, { name: 'other' }, signal),
  ]).toEqual([...[true, false]]);
});
