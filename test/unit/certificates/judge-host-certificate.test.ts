import { X509Certificate } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { issueAuthority, type IssuedAuthority } from '../../../src/certificates/issue-authority.ts';
import { judgeHostCertificate } from '../../../src/certificates/judge-host-certificate.ts';
import { isSignedBy } from '../../../src/certificates/signed-by.ts';
import { issueHostCertificate } from '../../support/host-certificate.ts';

const nowMs = Date.now();
let authority: IssuedAuthority;
let other: IssuedAuthority;

beforeAll(async () => {
  // Of the same name: the signature has to tell them apart.
  [authority, other] = await Promise.all([
    issueAuthority({ owner: 'ada@laptop', nowMs }),
    issueAuthority({ owner: 'ada@laptop', nowMs }),
  ]);
});

async function judge(
  request: Partial<Parameters<typeof issueHostCertificate>[0]>,
  signer: IssuedAuthority | undefined = authority,
): Promise<string | undefined> {
  const { cert } = await issueHostCertificate({ host: 'todo.local', authority, ...request });
  return judgeHostCertificate({
    ...{ certificate: new X509Certificate(cert), host: 'todo.local', nowMs },
    authority: signer?.certificatePem,
  });
}

describe('judgeHostCertificate', () => {
  test('takes one for the host that the authority signed', async () => {
    expect(await judge({})).toBeUndefined();
  });

  test('takes one of any signer when none is asked for', async () => {
    const { cert } = await issueHostCertificate({ host: 'todo.local', authority: other });
    const claim = { host: 'todo.local', nowMs, authority: undefined };
    expect(judgeHostCertificate({ ...claim, certificate: new X509Certificate(cert) })).toBeUndefined();
  });

  test.each([
    ['one of another host', { host: 'other.local' }, 'it shows a certificate for DNS:other.local'],
    [
      'that of NGINX',
      { host: 'ingress.local', commonName: 'Kubernetes Ingress Controller Fake Certificate' },
      "it shows NGINX's own certificate, not that of the host",
    ],
    ['one that has expired', { notAfterMs: nowMs - 1000 }, /^it shows a certificate that expired on /],
  ])('does not take %s', async (_title, request, expected) => {
    expect(await judge(request)).toMatch(expected);
  });

  test('does not take one that another authority of the same name signed', async () => {
    expect(await judge({ authority: other })).toBe(
      'it shows a certificate that the local authority did not sign (issuer: O=Slipway local certificate authority, CN=Slipway local CA ada@laptop)',
    );
  });

  test('does not take none', () => {
    const claim = { certificate: undefined, host: 'todo.local', authority: undefined, nowMs };
    expect(judgeHostCertificate(claim)).toBe('it shows no certificate');
  });
});

describe('isSignedBy', () => {
  test('tells the signer, and takes no text for a certificate', async () => {
    const { cert } = await issueHostCertificate({ host: 'todo.local', authority });
    expect(isSignedBy(cert, authority.certificatePem)).toBe(true);
    expect(isSignedBy(cert, other.certificatePem)).toBe(false);
    expect(isSignedBy('', authority.certificatePem)).toBe(false);
  });
});
