// Whether the certificate that a server shows is one for its host, by whoever is to have signed it.

import type { X509Certificate } from 'node:crypto';
import { isSignedBy } from './signed-by.ts';

export interface HostCertificateClaim {
  readonly certificate: X509Certificate | undefined;
  readonly host: string;
  /** PEM of the authority that has to have signed it; undefined: any, but not the server itself. */
  readonly authority: string | undefined;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

/** What NGINX serves for hosts that have none. */
const FAKE_NAME = 'Kubernetes Ingress Controller Fake Certificate';

/** Undefined when the certificate is right; else what is wrong with it: 'it shows …'. */
export function judgeHostCertificate({
  certificate,
  host,
  authority,
  nowMs,
}: HostCertificateClaim): string | undefined {
  if (certificate === undefined) return 'it shows no certificate';
  if (certificate.subject?.includes(FAKE_NAME))
    return "it shows NGINX's own certificate, not that of the host";
  if (certificate.checkHost(host) === undefined)
    return `it shows a certificate for ${certificate.subjectAltName ?? certificate.subject}`;
  if (Date.parse(certificate.validTo) <= nowMs)
    return `it shows a certificate that expired on ${certificate.validTo}`;
  return authority === undefined || isSignedBy(certificate.toString(), authority)
    ? undefined
    : `it shows a certificate that the local authority did not sign (issuer: ${oneLine(certificate.issuer)})`;
}

// Parts of a name come on lines of their own.
function oneLine(name: string): string {
  return name.trim().replaceAll('\n', ', ');
}
