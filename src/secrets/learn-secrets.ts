// Tells the redactor what is secret, before anything is shown in which it may stand.

import type { ClusterApi, ClusterObject } from '../kubernetes/client/cluster-api.ts';
import type { Redactor } from './redact.ts';
import { isKept, ourSecrets, textsIn } from './secret-data.ts';
import type { SecretSource } from './secret-values.ts';

/** The values of our Secrets in the cluster: an application may write them into its log. */
export async function learnSecrets(api: ClusterApi, redactor: Redactor, signal: AbortSignal): Promise<void> {
  for (const secret of await api.list(ourSecrets, signal)) {
    const { name, namespace = '' } = secret.metadata;
    redactor.addNames([name, namespace]);
    learnSecret(redactor, secret);
  }
}

/** What one Secret holds, by the keys that it stands under. */
export function learnSecret(redactor: Redactor, secret: ClusterObject): void {
  const isGenerated = isKept(secret.metadata.name);
  for (const [key, value] of Object.entries(textsIn(secret))) redactor.add(value, { key, isGenerated });
}

/** Names that an environment gives to its things: a secret of such a value does not black them out. */
export function namesIn(environment: string, parts: NamedParts): string[] {
  const { namespace, cluster, hosts = [] } = parts;
  const maps = [parts.images, parts.addons, parts.secrets, parts.releases, parts.forwards];
  const others = [environment, namespace, cluster?.name, ...hosts];
  return [
    ...others.filter((name) => typeof name === 'string'),
    ...maps.flatMap((map) => Object.keys(map ?? {})),
  ];
}

interface NamedParts {
  readonly namespace?: string | undefined;
  readonly cluster?: { readonly name?: string | undefined } | undefined;
  readonly hosts?: readonly string[] | undefined;
  readonly images?: object | undefined;
  readonly addons?: object | undefined;
  readonly secrets?: object | undefined;
  readonly releases?: object | undefined;
  readonly forwards?: object | undefined;
}

/** Names of the environment variables that an environment takes secrets from. */
export function secretVariables(
  secrets: Readonly<Record<string, { readonly keys?: Readonly<Record<string, SecretSource>> | undefined }>>,
): string[] {
  const sources = Object.values(secrets).flatMap(({ keys }) => Object.values(keys ?? {}));
  return sources.flatMap((source) => ('fromEnv' in source ? [source.fromEnv] : []));
}
