// Tells the redactor what is secret, before anything is shown in which it may stand.

import type { ClusterApi } from '../kubernetes/cluster-api.ts';
import { OWNER, OWNER_LABEL } from '../kubernetes/ownership.ts';
import type { Redactor } from './redact.ts';
import type { SecretSource } from './secret-values.ts';

/** The values of our Secrets in the cluster: an application may write them into its log. */
export async function learnSecrets(api: ClusterApi, redactor: Redactor, signal: AbortSignal): Promise<void> {
  const labelSelector = `${OWNER_LABEL}=${OWNER}`;
  const secrets = await api.list({ apiVersion: 'v1', kind: 'Secret', labelSelector }, signal);
  for (const { data } of secrets)
    for (const value of Object.values((data ?? {}) as Record<string, string>))
      redactor.add(Buffer.from(value, 'base64').toString());
}

/** Names of the environment variables that an environment takes secrets from. */
export function secretVariables(
  secrets: Readonly<Record<string, { readonly keys?: Readonly<Record<string, SecretSource>> | undefined }>>,
): string[] {
  const sources = Object.values(secrets).flatMap(({ keys }) => Object.values(keys ?? {}));
  return sources.flatMap((source) => ('fromEnv' in source ? [source.fromEnv] : []));
}
