// Tells the redactor what is secret, before anything is shown in which it may stand.

import type { ClusterApi } from '../kubernetes/cluster-api.ts';
import type { Redactor } from './redact.ts';
import { ourSecrets, textsIn } from './secret-data.ts';
import type { SecretSource } from './secret-values.ts';

/** The values of our Secrets in the cluster: an application may write them into its log. */
export async function learnSecrets(api: ClusterApi, redactor: Redactor, signal: AbortSignal): Promise<void> {
  for (const secret of await api.list(ourSecrets, signal))
    for (const value of Object.values(textsIn(secret))) redactor.add(value);
}

/** Names of the environment variables that an environment takes secrets from. */
export function secretVariables(
  secrets: Readonly<Record<string, { readonly keys?: Readonly<Record<string, SecretSource>> | undefined }>>,
): string[] {
  const sources = Object.values(secrets).flatMap(({ keys }) => Object.values(keys ?? {}));
  return sources.flatMap((source) => ('fromEnv' in source ? [source.fromEnv] : []));
}
