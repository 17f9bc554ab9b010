// Makes the Secrets that the config declares, and keeps what is in them.
import { Failure } from '../failure.ts';
import type { ClusterApi } from '../kubernetes/cluster-api.ts';
import { isOurs, OWNER, OWNER_LABEL } from '../kubernetes/ownership.ts';
import { generateValue } from './generate-value.ts';
import type { Redactor } from './redact.ts';
import { resolveSecretValues, type SecretSource } from './secret-values.ts';

export interface SecretSpec {
  readonly name: string;
  readonly namespace: string;
  readonly keys: Readonly<Record<string, SecretSource>>;
}

export interface SecretRequest {
  readonly api: ClusterApi;
  readonly spec: SecretSpec;
  /** The variables that `fromEnv` reads. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Further labels; the owner's is always set. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Is told every value, new or found. */
  readonly redactor?: Redactor;
}

/** Names only: values never leave this function but into the cluster and the redactor. */
export interface SecretOutcome {
  readonly isNew: boolean;
  /** Keys that were added or got another value. Empty: nothing was written. */
  readonly changedKeys: readonly string[];
}

/**
 * Rejects with Failure 'secret' that holds every problem (unset variables, unknown keys in templates), before
 * anything is written, and with 'ownership' when a Secret of that name exists that Slipway did not make.
 */
export async function ensureSecret(request: SecretRequest, signal: AbortSignal): Promise<SecretOutcome> {
  const { api, spec, environment, labels, redactor } = request;
  const { name, namespace } = spec;
  const found = await api.get({ apiVersion: 'v1', kind: 'Secret', name, namespace }, signal);
  if (found !== undefined && !isOurs(found.metadata.labels)) {
    throw new Failure('ownership', `Secret ${namespace}/${name} exists and was not made by Slipway`, {
      hint: `Choose another name, or delete it: kubectl -n ${namespace} delete secret ${name}`,
    });
  }
  const existing = readData(found?.['data']);
  const { keys } = spec;
  const { values, problems } = resolveSecretValues({ keys, existing, environment, generate: generateValue });
  for (const value of [...Object.values(existing), ...Object.values(values)]) redactor?.add(value);
  if (problems.length > 0) {
    throw new Failure('secret', `Secret ${namespace}/${name} cannot be made`, {
      details: problems,
      hint: 'Set the variables that are named, or mark the keys as optional in slipway.config.ts.',
    });
  }
  const changedKeys = Object.keys(values).filter((key) => values[key] !== existing[key]);
  if (found !== undefined && changedKeys.length === 0) return { isNew: false, changedKeys };
  await api.apply(
    {
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'Opaque',
      metadata: { name, namespace, labels: { ...labels, [OWNER_LABEL]: OWNER } },
      // A value that is no longer declared stays: whoever declares it again finds the same password.
      data: encodeData({ ...existing, ...values }),
    },
    { signal },
  );
  return { isNew: found === undefined, changedKeys };
}

function readData(data: unknown): Record<string, string> {
  const entries = Object.entries((data ?? {}) as Record<string, string>);
  return Object.fromEntries(
    entries.map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]),
  );
}

function encodeData(values: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(values);
  return Object.fromEntries(
    entries.map(([key, value]) => [key, Buffer.from(value, 'utf8').toString('base64')]),
  );
}
