// A new certificate authority: key pair and self-signed certificate.

import { randomBytes, webcrypto } from 'node:crypto';

export interface IssueRequest {
  /** Whose it is, for people who find it in a trust store: 'ada@laptop'. */
  readonly owner: string;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

export interface IssuedAuthority {
  readonly certificatePem: string;
  /** PKCS #8. */
  readonly keyPem: string;
}

const VALID_FOR_YEARS = 10;
/** Clocks of virtual machines lag behind after a sleep. */
const VALID_BEFORE_MS = 3_600_000;
/** Upper bound of a common name in X.509; OpenSSL refuses longer ones. */
const LONGEST_NAME = 64;
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** P-256, ten years, may sign certificates of hosts and no further authority (path length 0). */
export async function issueAuthority({ owner, nowMs }: IssueRequest): Promise<IssuedAuthority> {
  // Needed once in the life of an authority, and costs every other start 100 ms: hence late. The polyfill has to be
  // there before the package that asks for it.
  await import('reflect-metadata');
  const x509 = await import('@peculiar/x509');
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const notAfter = new Date(nowMs);
  notAfter.setUTCFullYear(notAfter.getUTCFullYear() + VALID_FOR_YEARS);
  const { keyCertSign, cRLSign } = x509.KeyUsageFlags;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: serialNumber(),
      // Taken apart, not one text: an owner may have a comma in it.
      name: [{ O: ['Slipway local certificate authority'] }, { CN: [commonName(owner)] }],
      notBefore: new Date(nowMs - VALID_BEFORE_MS),
      notAfter,
      keys,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(keyCertSign | cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  );
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return {
    certificatePem: `${certificate.toString('pem').trim()}\n`,
    keyPem: pem('PRIVATE KEY', Buffer.from(key)),
  };
}

function commonName(owner: string): string {
  return `Slipway local CA ${owner}`.slice(0, LONGEST_NAME);
}

// Positive, and without a leading zero byte: some readers refuse others.
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0]! & 0x3f) | 0x40;
  return bytes.toString('hex');
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}
