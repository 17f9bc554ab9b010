import { createPrivateKey, X509Certificate } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  ensureLocalAuthority,
  localAuthoritySource,
} from '../../../src/certificates/ensure-local-authority.ts';
import type { LocalAuthority } from '../../../src/certificates/local-authority.ts';
import { readAuthorityCertificate } from '../../../src/certificates/read-authority.ts';
import { failureOf } from '../../support/failure-of.ts';

const { signal } = new AbortController();
const nowMs = Date.parse('2026-03-01T12:00:00Z');
const yearMs = 366 * 86_400_000;

let parent: string;
let folder: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'slipway-authority-'));
  folder = join(parent, 'slipway', 'authority');
});
afterEach(() => rm(parent, { recursive: true, force: true }));

const ensure = (changes: Partial<Parameters<typeof ensureLocalAuthority>[0]> = {}): Promise<LocalAuthority> =>
  ensureLocalAuthority({ folder, owner: 'ada@laptop', nowMs, ...changes }, signal);
const mode = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8);

describe('ensureLocalAuthority', () => {
  test('makes an authority for hosts alone, with the name of its owner, for ten years', async () => {
    const { certificatePem, keyPem } = await ensure();
    const certificate = new X509Certificate(certificatePem);
    expect(certificate.subject).toBe('O=Slipway local certificate authority\nCN=Slipway local CA ada@laptop');
    expect(certificate.ca && certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(createPrivateKey(keyPem))).toBe(true);
    expect(certificate.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
    expect(certificate.validFromDate).toEqual(new Date(nowMs - 3_600_000));
    expect(certificate.validToDate).toEqual(new Date('2036-03-01T12:00:00Z'));
    // Basic constraints, critical: an authority, path length 0. Node has no words for it.
    expect(certificate.raw.toString('hex')).toContain('0603551d130101ff040830060101ff020100');
  });

  test('an owner with commas, or with a long name, is one name and not several', async () => {
    const { certificatePem } = await ensure({ owner: `a,O=b+CN=c@${'x'.repeat(80)}` });
    const name = /^CN=(.*)$/m.exec(new X509Certificate(certificatePem).subject)?.[1];
    expect(name).toMatch(/^Slipway local CA a\\,O=b\\\+CN=c@x+$/);
    expect(name!.replaceAll('\\', '')).toHaveLength(64);
  });

  test('nobody else can read it', async () => {
    const { certificateFile } = await ensure();
    expect(certificateFile).toBe(join(folder, 'ca.crt'));
    expect(await Promise.all([mode(folder), mode(join(folder, 'ca.key'))])).toEqual(['700', '600']);
  });

  test('a second time it is the same', async () => {
    expect(await ensure()).toEqual(await ensure({ nowMs: nowMs + yearMs }));
  });

  test('of many at once one is made, all get it, and nothing else is left', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => ensure()));
    expect(new Set(all.map(({ keyPem }) => keyPem)).size).toBe(1);
    expect(await readdir(join(parent, 'slipway'))).toEqual(['authority']);
  });

  test('is not looked for twice by its source, and not made by a look', async () => {
    const source = localAuthoritySource({ folder, owner: 'ada@laptop', now: () => nowMs });
    expect(await source.find(signal)).toBeUndefined();
    await expect(stat(folder)).rejects.toMatchObject({ code: 'ENOENT' });
    const made = await source.ensure(signal);
    expect(await source.find(signal)).toEqual(made);
  });

  test.each([
    ['a key that the group can read', 'ca.key', 0o640],
    ['a folder that all can enter', '', 0o755],
  ])('refuses %s', async (_title, file, open) => {
    await ensure();
    await chmod(join(folder, file), open);
    const failure = await failureOf(ensure());
    expect(failure).toMatchObject({ code: 'state' });
    expect(failure.message).toContain('is open to other users');
    expect(failure.hint).toContain(`chmod 700 ${folder} && chmod 600 ${folder}/ca.key`);
  });

  test('refuses one that has expired, and one whose time has not come', async () => {
    await ensure();
    expect((await failureOf(ensure({ nowMs: nowMs + 11 * yearMs }))).message).toMatch(/expired on Mar/);
    expect((await failureOf(ensure({ nowMs: nowMs - yearMs }))).hint).toBe("Set this machine's clock.");
  });

  test('refuses a key that belongs to another certificate', async () => {
    await ensure();
    const { keyPem } = await ensure({ folder: join(parent, 'other') });
    await writeFile(join(folder, 'ca.key'), keyPem);
    const failure = await failureOf(ensure());
    expect(failure.message).toMatch(/the key does not belong to the certificate$/);
    expect(failure.hint).toBe(`For a new one: slipway trust --remove, then rm -r ${folder}`);
  });

  test.each([
    ['ca.crt', 'ca.crt is missing'],
    ['ca.key', 'ca.key is missing'],
  ])('refuses to go on without %s', async (file, message) => {
    await ensure();
    await rm(join(folder, file));
    expect((await failureOf(ensure())).message).toContain(message);
  });

  test.each(['ca.crt', 'ca.key'])('refuses a %s that is no PEM, without showing it', async (file) => {
    await ensure();
    await writeFile(join(folder, file), 'PRIVATE nonsense');
    const { message, hint } = await failureOf(ensure());
    expect(message).toContain(`${file} cannot be read as PEM`);
    expect(`${message}${hint}`).not.toContain('nonsense');
  });

  test('does not touch other files that are in its place', async () => {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'notes'), 'mine');
    expect((await failureOf(ensure())).message).toContain('has other files');
    expect(await readdir(folder)).toEqual(['notes']);
    expect(await readdir(join(parent, 'slipway'))).toEqual(['authority']);
  });

  test('leaves nothing when it is interrupted', async () => {
    const stopped = AbortSignal.abort();
    const work = ensureLocalAuthority({ folder, owner: 'ada@laptop', nowMs }, stopped);
    expect((await failureOf(work)).code).toBe('interrupted');
    expect(await readdir(parent)).toEqual([]);
  });
});

describe('readAuthorityCertificate', () => {
  test('gives the certificate of an authority that must not sign any more', async () => {
    expect(await readAuthorityCertificate(folder, signal)).toBeUndefined();
    const { certificatePem } = await ensure();
    await rm(join(folder, 'ca.key'));
    expect((await readAuthorityCertificate(folder, signal))?.toString()).toBe(certificatePem);
  });
});
