import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readDebianPackages } from '../../../src/materials/debian-tar.ts';
import { failureOf } from '../../support/failure-of.ts';
import { tarOf } from './tar-of.ts';

const { signal } = new AbortController();
let tar: string;
beforeEach(async () => {
  tar = join(await mkdtemp(join(tmpdir(), 'slipway-tar-')), 'rootfs.tar');
});
afterEach(() => rm(join(tar, '..'), { recursive: true }));

test("dpkg's list, and the lists of trees without dpkg, tell the packages", async () => {
  await writeFile(
    tar,
    await tarOf({
      './var/lib/dpkg/status': 'Package: one\nVersion: 1\n',
      './var/lib/dpkg/status-old': 'Package: old\nVersion: 0\n',
      './var/lib/dpkg/status.d/two': 'Package: two\nVersion: 2\n',
      './var/lib/dpkg/status.d/two.md5sums': '0123  usr/bin/two\n',
      './usr/share/doc/one/copyright': 'free',
    }),
  );
  const packages = await readDebianPackages(tar, signal);
  expect(packages.map(({ name, version }) => [name, version])).toEqual([
    ['one', '1'],
    ['two', '2'],
  ]);
});

test('packages that dpkg does not know of are told by their copyright files, without versions', async () => {
  await writeFile(
    tar,
    await tarOf({ './usr/share/doc/nginx/copyright': 'free', './var/lib/dpkg/status': '' }),
  );
  expect(await readDebianPackages(tar, signal)).toEqual([
    { kind: 'Debian package', name: 'nginx', version: '', purl: 'pkg:deb/debian/nginx' },
  ]);
});

test('a file that is cut off, is no tar file, or is gone is a Failure; so is a tree without a list', async () => {
  const whole = await tarOf({
    './var/lib/dpkg/status': 'Package: one\nVersion: 1\n',
    './x': 'x'.repeat(5000),
  });
  for (const content of [whole.subarray(0, 2000), Buffer.from('no tar file'.repeat(100))]) {
    await writeFile(tar, content);
    const failure = await failureOf(readDebianPackages(tar, signal));
    expect([failure.code, failure.message]).toEqual(['state', 'is no whole tar file']);
  }
  await rm(tar);
  expect((await failureOf(readDebianPackages(tar, signal))).code).toBe('state');
  await writeFile(tar, await tarOf({ './etc/hosts': '' }));
  expect((await failureOf(readDebianPackages(tar, signal))).message).toBe('holds no list of Debian packages');
});

test('a run that is ended is no damaged file', async () => {
  await writeFile(tar, await tarOf({ './var/lib/dpkg/status': '' }));
  const reason = new Error('ended');
  await expect(readDebianPackages(tar, AbortSignal.abort(reason))).rejects.toBe(reason);
});
