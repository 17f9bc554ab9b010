import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { issueAuthority } from '../../../../src/certificates/issue-authority.ts';
import type { LocalAuthority } from '../../../../src/certificates/local-authority.ts';
import { Failure } from '../../../../src/failure.ts';
import type { ClusterObject } from '../../../../src/kubernetes/client/cluster-api.ts';
import {
  ensureAuthoritySecret,
  holdsAuthority,
} from '../../../../src/addons/cert-manager/ensure-authority-secret.ts';
import { ownershipLabels } from '../../../../src/kubernetes/ownership.ts';
import type { SecretOutcome } from '../../../../src/secrets/ensure-secret.ts';
import { Redactor } from '../../../../src/secrets/redact.ts';
import { reissueCertificates } from '../../../../src/addons/cert-manager/reissue-certificates.ts';
import { FakeClusterApi } from '../../../fakes/cluster-api.ts';
import { issueHostCertificate } from '../../../support/host-certificate.ts';

const { signal } = new AbortController();
const task = { signal, report: () => undefined };
const namespace = 'cert-manager';
const reference = { apiVersion: 'v1', kind: 'Secret', name: 'slipway-local-ca', namespace };
const leaf = { apiVersion: 'v1', kind: 'Secret', name: 'web-tls', namespace: 'todo' };
const ours = ownershipLabels('shop');
const allKeys = ['tls.crt', 'tls.key', 'ca.crt'];

let old: LocalAuthority;
let present: LocalAuthority;
let api: FakeClusterApi;

beforeAll(async () => {
  const make = async (): Promise<LocalAuthority> => ({
    certificateFile: '/ca.crt',
    ...(await issueAuthority({ owner: 'ada@laptop', nowMs: Date.now() })),
  });
  [old, present] = await Promise.all([make(), make()]);
});
beforeEach(() => {
  api = new FakeClusterApi();
  for (const name of [namespace, 'todo'])
    api.add({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
});

const ensure = (authority: LocalAuthority, redactor = new Redactor()): Promise<SecretOutcome> =>
  ensureAuthoritySecret({ api, owner: 'shop', name: reference.name, namespace, authority, redactor }, task);
const applies = (): string[] => api.calls.filter((call) => call.startsWith('apply'));

function secret(type: string, labels: Record<string, string> = ours): ClusterObject {
  const { apiVersion, kind, name } = reference;
  return { apiVersion, kind, type, metadata: { name, namespace, labels }, data: {} };
}

async function leafBy(authority: LocalAuthority): Promise<ClusterObject> {
  const { cert } = await issueHostCertificate({ host: 'todo.local', authority });
  const { apiVersion, kind, ...metadata } = leaf;
  return { apiVersion, kind, metadata, data: { 'tls.crt': btoa(cert) } };
}

/** A certificate of the host, by an issuer that signs with the Secret. */
async function addCertificate(signer: LocalAuthority, issuer = 'slipway-local'): Promise<void> {
  const apiVersion = 'cert-manager.io/v1';
  api
    .add({
      ...{ apiVersion, kind: 'ClusterIssuer', metadata: { name: issuer, namespace: 'todo' } },
      spec: issuer === 'slipway-local' ? { ca: { secretName: reference.name } } : { acme: {} },
    })
    .add({
      ...{ apiVersion, kind: 'Certificate', metadata: { name: 'web-tls', namespace: 'todo' } },
      spec: { secretName: 'web-tls', issuerRef: { kind: 'ClusterIssuer', name: issuer } },
    })
    .add(await leafBy(signer));
}

describe('ensureAuthoritySecret', () => {
  test('makes what an issuer signs with, marked as ours', async () => {
    expect(await ensure(present)).toEqual({ isNew: true, changedKeys: allKeys });
    const found = (await api.get(reference, signal))!;
    expect(found).toMatchObject({ type: 'kubernetes.io/tls', metadata: { labels: ours } });
    const data = found['data'] as Record<string, string>;
    expect(Object.entries(data).map(([key, value]) => [key, atob(value)])).toEqual([
      ['tls.crt', present.certificatePem],
      ['tls.key', present.keyPem],
      ['ca.crt', present.certificatePem],
    ]);
  });

  test('a second time nothing is written', async () => {
    await ensure(present);
    expect(await ensure(present)).toEqual({ isNew: false, changedKeys: [] });
    expect(applies()).toHaveLength(1);
  });

  test('follows the authority', async () => {
    await ensure(old);
    expect(await ensure(present)).toEqual({ isNew: false, changedKeys: allKeys });
    const found = await api.get(reference, signal);
    expect([holdsAuthority(found, present), holdsAuthority(found, old)]).toEqual([true, false]);
    expect([holdsAuthority(undefined, present), holdsAuthority(found, undefined)]).toEqual([false, false]);
  });

  test('the redactor learns the key, each of its lines, before anything is asked', async () => {
    const redactor = new Redactor();
    api.failNext(new Failure('cluster', 'no answer'));
    await expect(ensure(present, redactor)).rejects.toThrow('no answer');
    for (const line of [...present.keyPem.split('\n').slice(1, -2), btoa(present.keyPem)])
      expect(redactor.redact(`x ${line} y`)).toBe('x ‹secret› y');
  });

  test.each([
    ['of somebody else', () => secret('kubernetes.io/tls', {}), 'ownership'],
    ['of another type, which cannot be changed', () => secret('Opaque'), 'secret'],
  ])('a Secret %s is refused and left as it is', async (_title, found, code) => {
    api.add(found());
    await expect(ensure(present)).rejects.toMatchObject({
      code,
      hint: expect.stringContaining('kubectl -n cert-manager delete secret slipway-local-ca') as string,
    });
    expect(applies()).toEqual([]);
  });
});

describe('reissueCertificates', () => {
  const reissue = (deadlineMs = 5_000): Promise<number> => {
    const { certificatePem: authority } = present;
    return reissueCertificates({ api, secretName: reference.name, authority, deadlineMs }, task);
  };
  const deletions = (): string[] => api.calls.filter((call) => call.startsWith('delete'));

  test('asks for what an earlier authority signed, and waits until it is signed again', async () => {
    await addCertificate(old);
    const answer = api.get.bind(api);
    // What cert-manager does: a Secret that is missing is made.
    api.get = async (...request) => {
      const found = await answer(...request);
      if (found === undefined) api.add(await leafBy(present));
      return found;
    };
    expect(await reissue()).toBe(1);
    expect(deletions()).toEqual(['delete Secret todo/web-tls']);
  });

  test('fails when it is not signed again in time', async () => {
    await addCertificate(old);
    await expect(reissue(30)).rejects.toThrow(/signed by the new authority: not so .*not yet: web-tls/);
  });

  test('leaves what the present authority signed, and what other issuers did', async () => {
    await addCertificate(present);
    expect(await reissue()).toBe(0);
    await addCertificate(old, 'letsencrypt-prod');
    expect(await reissue()).toBe(0);
    expect(deletions()).toEqual([]);
  });

  test('is part of following the authority', async () => {
    await ensure(old);
    await addCertificate(old);
    const deleted = api.delete.bind(api);
    api.delete = async (...request) => {
      const outcome = await deleted(...request);
      api.add(await leafBy(present));
      return outcome;
    };
    await ensure(present);
    expect(deletions()).toEqual(['delete Secret todo/web-tls']);
  });
});
