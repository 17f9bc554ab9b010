// Has cert-manager sign anew what an earlier authority signed: by itself it keeps certificates until they expire,
// whatever becomes of their issuer (cert-manager#2478).

import { waitUntilProven } from '../wait-until-verified.ts';
import { isSignedBy } from '../../certificates/signed-by.ts';
import type { ClusterApi, ClusterObject } from '../../kubernetes/client/cluster-api.ts';
import { specOf } from '../../kubernetes/object-shapes.ts';
import type { Task } from '../../task.ts';

export interface ReissueRequest {
  readonly api: ClusterApi;
  /** Secret that ClusterIssuers sign with. */
  readonly secretName: string;
  /** PEM of the authority that it holds now. */
  readonly authority: string;
  /** For all certificates together. */
  readonly deadlineMs: number;
}

interface CertificateSpec {
  readonly secretName: string;
  readonly issuerRef: { readonly kind?: string; readonly name: string };
}

const API_VERSION = 'cert-manager.io/v1';

/** Resolves how many there were. Rejects with Failure 'addon' when they are not signed again in time. */
export async function reissueCertificates(
  { api, secretName, authority, deadlineMs }: ReissueRequest,
  task: Task,
): Promise<number> {
  const outdated = await outdatedSecrets(api, secretName, authority, task.signal);
  // The one way to ask for it that needs no more than the API: what is missing is made.
  for (const reference of outdated) await api.delete(reference, task.signal);
  await waitUntilProven(
    {
      sentence: `certificates of ${secretName} are signed by the new authority`,
      observe: async (signal) => {
        const now = await Promise.all(outdated.map((reference) => api.get(reference, signal)));
        const left = outdated.filter((_, index) => !isSigned(now[index], authority));
        return left.length === 0 ? undefined : `not yet: ${left.map(({ name }) => name).join(', ')}`;
      },
      deadlineMs,
      hint: "The log of cert-manager's controller says more.",
    },
    task,
  );
  return outdated.length;
}

async function outdatedSecrets(
  api: ClusterApi,
  authoritySecret: string,
  authority: string,
  signal: AbortSignal,
): Promise<{ apiVersion: string; kind: string; name: string; namespace: string | undefined }[]> {
  const [issuers, certificates] = await Promise.all([
    api.list({ apiVersion: API_VERSION, kind: 'ClusterIssuer' }, signal),
    api.list({ apiVersion: API_VERSION, kind: 'Certificate' }, signal),
  ]);
  const ours = new Set(
    issuers
      .filter((issuer) => specOf<{ ca: { secretName: string } }>(issuer).ca?.secretName === authoritySecret)
      .map(({ metadata }) => metadata.name),
  );
  const references = certificates.flatMap((certificate) => {
    const { issuerRef, secretName } = specOf<CertificateSpec>(certificate);
    const isOurs = issuerRef?.kind === 'ClusterIssuer' && ours.has(issuerRef.name);
    if (!isOurs || secretName === undefined) return [];
    const { namespace } = certificate.metadata;
    return [{ apiVersion: 'v1', kind: 'Secret', name: secretName, namespace }];
  });
  const secrets = await Promise.all(references.map((reference) => api.get(reference, signal)));
  return references.filter((_, index) => !isSigned(secrets[index], authority));
}

function isSigned(secret: ClusterObject | undefined, authority: string): boolean {
  const { 'tls.crt': certificate = '' } = (secret?.['data'] ?? {}) as Record<string, string>;
  return isSignedBy(Buffer.from(certificate, 'base64').toString('utf8'), authority);
}
