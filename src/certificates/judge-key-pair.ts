// Whether the data of a Secret of type kubernetes.io/tls hold together.

import { createPrivateKey, X509Certificate } from 'node:crypto';

export interface KeyPairWanted {
  /** DNS name that the certificate has to be for. */
  readonly host: string;
  /** Milliseconds since 1970 at which it has to be valid; now if absent. */
  readonly nowMs?: number;
}

/**
 * Undefined when `tls.crt` is for the host, valid, and belongs to `tls.key`; else what is wrong, and never a key.
 * @param data of the Secret: base64 by key.
 */
export function judgeKeyPair(
  data: Readonly<Record<string, string>>,
  { host, nowMs = Date.now() }: KeyPairWanted,
): string | undefined {
  const [crt, key] = ['tls.crt', 'tls.key'].map((entry) => Buffer.from(data[entry] ?? '', 'base64'));
  if (!crt?.length || !key?.length) return 'the Secret has no tls.crt or no tls.key';
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(crt);
  } catch {
    return 'tls.crt is no certificate';
  }
  if (certificate.checkHost(host) === undefined)
    return `the certificate is for ${certificate.subjectAltName ?? 'no name'}, not for ${host}`;
  if (!(Date.parse(certificate.validFrom) <= nowMs && nowMs < Date.parse(certificate.validTo)))
    return `the certificate is valid from ${certificate.validFrom} to ${certificate.validTo}`;
  try {
    return certificate.checkPrivateKey(createPrivateKey(key)) ? undefined : 'tls.key is not its key';
  } catch {
    return 'tls.key is no private key';
  }
}
