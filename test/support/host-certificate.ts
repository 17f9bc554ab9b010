// Certificates of hosts, as an issuer of the cluster makes them.

import { webcrypto } from 'node:crypto';
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import type { IssuedAuthority } from '../../src/certificates/issue-authority.ts';

export interface HostCertificateRequest {
  readonly host: string;
  readonly authority: IssuedAuthority;
  readonly commonName?: string;
  /** Milliseconds since 1970; a day from now if absent. */
  readonly notAfterMs?: number;
}

export interface HostCertificate {
  readonly cert: string;
  readonly key: string;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const dayMs = 86_400_000;

/** Both as PEM. */
export async function issueHostCertificate({
  host,
  authority,
  commonName = host,
  notAfterMs = Date.now() + dayMs,
}: HostCertificateRequest): Promise<HostCertificate> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const signingKey = await webcrypto.subtle.importKey(
    'pkcs8',
    x509.PemConverter.decodeFirst(authority.keyPem),
    algorithm,
    false,
    ['sign'],
  );
  const certificate = await x509.X509CertificateGenerator.create(
    {
      subject: [{ CN: [commonName] }],
      issuer: new x509.X509Certificate(authority.certificatePem).subjectName,
      notBefore: new Date(notAfterMs - 2 * dayMs),
      notAfter: new Date(notAfterMs),
      publicKey: keys.publicKey,
      signingKey,
      signingAlgorithm: algorithm,
      extensions: [new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: host }])],
    },
    webcrypto,
  );
  const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  return { cert: certificate.toString('pem'), key: x509.PemConverter.encode(key, 'PRIVATE KEY') };
}
