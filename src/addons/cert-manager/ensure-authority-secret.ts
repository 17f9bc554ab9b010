// Keeps the Secret that an issuer of the cluster signs with in step with the certificate authority of the user.

import { Failure } from '../../failure.ts';
import type { LocalAuthority } from '../../certificates/local-authority.ts';
import type { ClusterApi, ClusterObject } from '../../kubernetes/client/cluster-api.ts';
import { foreignOwner, isOurs, ownershipLabels } from '../../kubernetes/ownership.ts';
import { SECRET_VERSION } from '../../kubernetes/secret-uses.ts';
import type { SecretOutcome } from '../../secrets/ensure-secret.ts';
import { generateValue } from '../../secrets/generate-value.ts';
import type { Task } from '../../task.ts';
import type { Redactor } from '../../secrets/redact.ts';
import { reissueCertificates } from './reissue-certificates.ts';

export interface AuthoritySecretRequest {
  readonly api: ClusterApi;
  readonly name: string;
  readonly namespace: string;
  readonly authority: LocalAuthority;
  /** Name of the environment that it belongs to. */
  readonly owner: string;
  /** Whether one of another environment will do, where it holds the same. */
  readonly isShared?: boolean | undefined;
  /** Called right before it is written. */
  readonly intend?: (() => Promise<void>) | undefined;
  /** Is told the key, line by line. */
  readonly redactor: Redactor;
}

const TYPE = 'kubernetes.io/tls';
const REISSUED_WITHIN_MS = 60_000;

/**
 * After a change of the authority, certificates that the earlier one signed are signed anew.
 * Rejects with Failure 'ownership' or 'secret' when there is a Secret of that name that cannot be made this
 * one, and with 'addon' when cert-manager does not sign anew.
 */
export async function ensureAuthoritySecret(
  { api, name, namespace, authority, owner, isShared = false, redactor, intend }: AuthoritySecretRequest,
  task: Task,
): Promise<SecretOutcome> {
  const { signal } = task;
  redactor.add(authority.keyPem);
  const found = await api.get({ apiVersion: 'v1', kind: 'Secret', name, namespace }, signal);
  const removal = `kubectl -n ${namespace} delete secret ${name}`;
  const foreign = found && foreignOwner(owner, found.metadata.labels);
  if (
    foreign !== undefined &&
    isShared &&
    isOurs(found?.metadata.labels) &&
    holdsAuthority(found!, authority)
  )
    return { isNew: false, changedKeys: [] };
  if (foreign !== undefined) {
    throw new Failure('ownership', `Secret ${namespace}/${name} exists and ${foreign}`, {
      hint: `Choose another name, or delete it: ${removal}`,
    });
  }
  if (found !== undefined && found['type'] !== TYPE) {
    throw new Failure(
      'secret',
      `Secret ${namespace}/${name} is of type ${String(found['type'])}, not ${TYPE}`,
      {
        hint: `The type of a Secret cannot be changed. Delete it and run again: ${removal}`,
      },
    );
  }
  const wanted = authorityData(authority);
  const existing = dataOf(found);
  const changedKeys = Object.keys(wanted).filter((key) => wanted[key] !== existing[key]);
  if (changedKeys.length === 0) return { isNew: false, changedKeys };
  await intend?.();
  await api.apply(
    {
      apiVersion: 'v1',
      kind: 'Secret',
      type: TYPE,
      metadata: {
        name,
        namespace,
        labels: ownershipLabels(owner),
        annotations: { [SECRET_VERSION]: generateValue(6) },
      },
      data: wanted,
    },
    { signal },
  );
  if (found !== undefined) {
    const deps = { api, secretName: name, authority: authority.certificatePem };
    await reissueCertificates({ ...deps, deadlineMs: REISSUED_WITHIN_MS }, task);
  }
  return { isNew: found === undefined, changedKeys };
}

/** Whether a Secret of the cluster holds this authority. False for no Secret, and for no authority. */
export function holdsAuthority(
  secret: ClusterObject | undefined,
  authority: LocalAuthority | undefined,
): boolean {
  if (secret === undefined || authority === undefined) return false;
  const existing = dataOf(secret);
  return Object.entries(authorityData(authority)).every(([key, value]) => existing[key] === value);
}

// ca.crt is what cert-manager hands on to whoever gets a certificate.
function authorityData({ certificatePem, keyPem }: LocalAuthority): Record<string, string> {
  const encode = (text: string): string => Buffer.from(text, 'utf8').toString('base64');
  return {
    'tls.crt': encode(certificatePem),
    'tls.key': encode(keyPem),
    'ca.crt': encode(certificatePem),
  };
}

function dataOf(secret: ClusterObject | undefined): Record<string, string> {
  return (secret?.['data'] ?? {}) as Record<string, string>;
}
