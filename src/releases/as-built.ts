// What a release comes to when images of it turned out to have the content of others that are there: those are named.

import type { ReleaseSpec } from './release-store.ts';
import type { DesiredRelease } from '../plan/state.ts';
import type { UpTools } from '../up/up-tools.ts';

export interface BuiltRelease {
  readonly spec: ReleaseSpec;
  readonly desired: DesiredRelease;
}

/** Whether all images that were wanted are there under the names that they were wanted by. */
export function isAsNamed({ run, aliases }: Pick<UpTools, 'run' | 'aliases'>): boolean {
  return [...run.builds.values()].every(({ reference }) => aliases.of(reference) === reference);
}

/** The release of this step ('release:backend'), with images by the content that they were built to. */
export function releaseAsBuilt({ run, aliases }: Pick<UpTools, 'run' | 'aliases'>, id: string): BuiltRelease {
  const spec = run.releases.get(id)!;
  const desired = run.desired.releases.find(
    ({ group, name }) => id.startsWith(`${group}:`) && name === spec.name,
  )!;
  const images = desired.images.map((reference) => aliases.of(reference));
  if (images.every((reference, index) => reference === desired.images[index])) return { spec, desired };
  const values = withReferences(spec.values, new Map(desired.images.map((one, at) => [one, images[at]!])));
  const fingerprint = run.fingerprints.get(id)!(values);
  return { spec: { ...spec, values }, desired: { ...desired, images, fingerprint } };
}

function withReferences(
  values: Readonly<Record<string, unknown>>,
  references: ReadonlyMap<string, string>,
): Readonly<Record<string, unknown>> {
  const replace = (value: unknown): unknown => {
    if (typeof value === 'string') return references.get(value) ?? value;
    if (Array.isArray(value)) return value.map(replace);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, replace(inner)]));
  };
  return replace(values) as Readonly<Record<string, unknown>>;
}
