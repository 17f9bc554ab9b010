// Whether an authority signed a certificate.

import { X509Certificate } from 'node:crypto';

/** Both as PEM. False for what is no certificate. */
export function isSignedBy(certificatePem: string, authorityPem: string): boolean {
  try {
    const certificate = new X509Certificate(certificatePem);
    const authority = new X509Certificate(authorityPem);
    return certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
  } catch {
    return false;
  }
}
