// Pure: which Secrets the pods of a workload read, and with which version of them they were started.

import { RESTARTABLE } from './annotate-workload.ts';
import type { ClusterObject } from './client/cluster-api.ts';
import { specOf } from './object-shapes.ts';

/** On a Secret of ours: another value each time that its data was written. */
export const SECRET_VERSION = 'slipway.dev/version';
/** On a workload, and on its pods once they were restarted for it: 'db@1f3a… mail@07c2…'. */
export const SECRETS_OF_PODS = 'slipway.dev/secrets';

/** By '<namespace>/<name>'; '' for one that was not written since versions are kept. */
export type SecretVersions = ReadonlyMap<string, string>;

export interface SecretUse {
  readonly workload: ClusterObject;
  /** '<namespace>/<name>' of each Secret of ours, in order. */
  readonly secrets: readonly string[];
  /** Those whose present version its pods have not been started with. */
  readonly stale: readonly string[];
  /** What is to stand in the annotation. */
  readonly stamp: string;
}

/** The versions of these Secrets. */
export function secretVersions(secrets: readonly ClusterObject[]): SecretVersions {
  return new Map(
    secrets.map(({ metadata }) => [
      `${metadata.namespace}/${metadata.name}`,
      metadata.annotations?.[SECRET_VERSION] ?? '',
    ]),
  );
}

/**
 * Of the live workloads of a release, those that use Secrets of ours. A Secret that the release lists and no workload
 * of it names is read in some other way, by any of them.
 */
export function secretUses(
  live: readonly ClusterObject[],
  listed: readonly string[],
  versions: SecretVersions,
): SecretUse[] {
  const workloads = live.filter(({ kind }) => RESTARTABLE.includes(kind));
  const named = workloads.map(
    (workload) =>
      new Set(
        secretsNamedIn(specOf<{ template: object }>(workload).template).map(
          (name) => `${workload.metadata.namespace}/${name}`,
        ),
      ),
  );
  const unnamed = listed.filter((secret) => !named.some((names) => names.has(secret)));
  return workloads.flatMap((workload, index): SecretUse[] => {
    const secrets = [...new Set([...named[index]!, ...unnamed])]
      .filter((secret) => versions.has(secret))
      .sort();
    if (secrets.length === 0) return [];
    const started = readStamp(workload.metadata.annotations?.[SECRETS_OF_PODS]);
    const stale = secrets.filter((secret) => (started.get(secret) ?? '') !== versions.get(secret));
    const stamp = secrets.map((secret) => `${secret}@${versions.get(secret)}`).join(' ');
    return [{ workload, secrets, stale, stamp }];
  });
}

function readStamp(stamp = ''): Map<string, string> {
  return new Map(
    stamp.split(' ').flatMap((part): [string, string][] => {
      const at = part.lastIndexOf('@');
      return at < 0 ? [] : [[part.slice(0, at), part.slice(at + 1)]];
    }),
  );
}

/** env, envFrom, volumes, projected volumes, pull Secrets, and whatever else refers to a Secret in a field of that name. */
function secretsNamedIn(value: unknown, key = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => secretsNamedIn(item, key));
  if (typeof value !== 'object' || value === null) return [];
  const map = value as Record<string, unknown>;
  const own = NAMING.get(key)?.(map);
  return [
    ...(typeof own === 'string' ? [own] : []),
    ...Object.entries(map).flatMap(([inner, item]) => secretsNamedIn(item, inner)),
  ];
}

/** By the field that an object stands in: where in it the name of a Secret is. */
const NAMING: ReadonlyMap<string, (map: Readonly<Record<string, unknown>>) => unknown> = new Map([
  ['secretKeyRef', nameIn],
  ['secretRef', nameIn],
  ['imagePullSecrets', nameIn],
  ['nodePublishSecretRef', nameIn],
  // A volume calls it secretName, a source of a projected one name.
  ['secret', ({ secretName, name }: Readonly<Record<string, unknown>>) => secretName ?? name],
  ['azureFile', ({ secretName }: Readonly<Record<string, unknown>>) => secretName],
]);

function nameIn({ name }: Readonly<Record<string, unknown>>): unknown {
  return name;
}
