// Makes the Secrets that the config declares, and has them follow it.
import { Failure } from '../failure.ts';
import type { ClusterApi, ClusterObject } from '../kubernetes/client/cluster-api.ts';
import { foreignOwner, ownershipLabels } from '../kubernetes/ownership.ts';
import { SECRET_VERSION } from '../kubernetes/secret-uses.ts';
import { quoteCommand } from '../process/quote-command.ts';
import { generateValue } from './generate-value.ts';
import type { Redactor } from './redact.ts';
import { encodeTexts, keptName, textsIn } from './secret-data.ts';
import { generatedKeys, resolveSecretValues, secretChanges, type SecretSource } from './secret-values.ts';

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
  /** Name of the environment that it belongs to. */
  readonly owner: string;
  /** Is told every value, new or found. */
  readonly redactor?: Redactor;
  /** Called right before the first write, once it is known that no Secret of somebody else is in the place. */
  readonly intend?: (() => Promise<void>) | undefined;
}

/** Names only: values never leave this function but into the cluster and the redactor. */
export interface SecretOutcome {
  readonly isNew: boolean;
  /** Keys that were added, got another value or went. Empty: nothing was written. */
  readonly changedKeys: readonly string[];
}

/**
 * Rejects with Failure 'secret' that holds every problem (unset variables, unknown keys in templates), before
 * anything is written, and with 'ownership' when a Secret of that name exists that Slipway did not make.
 */
export async function ensureSecret(request: SecretRequest, signal: AbortSignal): Promise<SecretOutcome> {
  const { spec, environment, redactor } = request;
  const { name, namespace, keys } = spec;
  const found = await findOwn(request, name, signal);
  const vault = await findOwn(request, keptName(name), signal);
  const existing = textsIn(found);
  const kept = textsIn(vault);
  const sources = { keys, existing, kept, environment, generate: generateValue };
  const { values, problems } = resolveSecretValues(sources);
  const generatedHere = new Set(generatedKeys(keys));
  for (const texts of [existing, kept, values])
    for (const [key, value] of Object.entries(texts))
      redactor?.add(value, { key, isGenerated: texts === kept || generatedHere.has(key) });
  if (problems.length > 0) {
    throw new Failure('secret', `Secret ${namespace}/${name} cannot be made`, {
      details: problems,
      hint: 'Set the variables that are named, or mark the keys as optional in slipway.config.ts.',
    });
  }
  const changedKeys = keysOf(values, existing).filter((key) => values[key] !== existing[key]);
  await request.intend?.();
  // First what cannot be made again.
  const toKeep = [...generatedHere].filter((key) => kept[key] !== values[key]);
  const generated = Object.fromEntries(toKeep.map((key) => [key, values[key]!]));
  if (toKeep.length > 0) await write(request, keptName(name), { ...kept, ...generated }, vault, signal);
  if (found !== undefined && changedKeys.length === 0) return { isNew: false, changedKeys };
  await write(request, name, values, found, signal);
  return { isNew: found === undefined, changedKeys };
}

async function findOwn(
  { api, owner, spec: { namespace } }: SecretRequest,
  name: string,
  signal: AbortSignal,
): Promise<ClusterObject | undefined> {
  const found = await api.get({ apiVersion: 'v1', kind: 'Secret', name, namespace }, signal);
  const foreign = found && foreignOwner(owner, found.metadata.labels);
  if (foreign === undefined) return found;
  throw new Failure('ownership', `Secret ${namespace}/${name} exists and ${foreign}`, {
    hint: `Choose another name, or delete it: ${quoteCommand('kubectl', ['-n', namespace, 'delete', 'secret', name])}`,
  });
}

async function write(
  { api, spec, owner }: SecretRequest,
  name: string,
  texts: Readonly<Record<string, string>>,
  found: ClusterObject | undefined,
  signal: AbortSignal,
): Promise<void> {
  const object = (data: Readonly<Record<string, string>>): ClusterObject => ({
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'Opaque',
    metadata: {
      name,
      namespace: spec.namespace,
      labels: ownershipLabels(owner),
      annotations: { [SECRET_VERSION]: generateValue(6) },
    },
    data,
  });
  // A key that somebody else has written stays when it is not named: it is ours once we have given it another value.
  const before = found?.['data'] as Readonly<Record<string, string>> | undefined;
  const surplus = Object.entries(before ?? {}).filter(([key]) => !Object.hasOwn(texts, key));
  const data = encodeTexts(texts);
  if (surplus.length > 0) {
    const taken = Object.fromEntries(surplus.map(([key, value]) => [key, value === '' ? 'LQ==' : '']));
    await api.apply(object({ ...data, ...taken }), { signal });
  }
  await api.apply(object(data), { signal });
}

function keysOf(...maps: readonly Readonly<Record<string, string>>[]): string[] {
  return [...new Set(maps.flatMap((map) => Object.keys(map)))];
}

/** How a Secret differs from what is declared, from what a look has found; empty: it does not. Nothing is made. */
export function describeSecretChanges(
  keys: SecretSpec['keys'],
  found: ClusterObject | undefined,
  vault: ClusterObject | undefined,
  environment: SecretRequest['environment'],
): string[] {
  const existing = textsIn(found);
  const { values, problems } = resolveSecretValues({
    ...{ keys, existing, kept: textsIn(vault), environment },
    // Only that it is missing counts.
    generate: () => '',
  });
  return [...problems, ...secretChanges(values, existing)];
}
