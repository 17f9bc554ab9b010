// Pure: the npm packages that a package-lock.json pins.

import { z } from 'zod';
import type { Component } from './material.ts';
import { npmUrl } from './package-url.ts';

const lockSchema = z.object({
  version: z.string().default(''),
  packages: z.record(
    z.string(),
    z.object({
      /** Only where it is another one than that of its folder. */
      name: z.string().optional(),
      version: z.string().optional(),
      integrity: z.string().optional(),
      dev: z.boolean().default(false),
      optional: z.boolean().default(false),
      devOptional: z.boolean().default(false),
    }),
  ),
});

export interface LockedPackages {
  /** Of the project that is locked; '' where it has none. */
  readonly version: string;
  readonly packages: readonly Component[];
}

/** One for each name and version, however many folders it lies in. Undefined where the text is no such file. */
export function parsePackageLock(text: string): LockedPackages | undefined {
  const lock = lockSchema.safeParse(parseJson(text)).data;
  if (lock === undefined) return undefined;
  const found = Object.entries(lock.packages).flatMap(([path, entry]): Component[] => {
    const name = entry.name ?? /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(path)?.[1];
    const { version, integrity } = entry;
    // '' is the project itself; a link has no version.
    if (path === '' || name === undefined || version === undefined) return [];
    const scope = entry.dev ? 'development' : entry.optional || entry.devOptional ? 'optional' : undefined;
    return [{ kind: 'npm package', name, version, purl: npmUrl(name, version), integrity, scope }];
  });
  const sameOnes = Map.groupBy(found, ({ purl, integrity }) => `${purl} ${integrity}`);
  return { version: lock.version, packages: [...sameOnes.values()].map(mostNeeded) };
}

/** What is needed to run in one place is needed to run. */
function mostNeeded(same: readonly Component[]): Component {
  const scopes = [undefined, 'optional', 'development'] as const;
  const scope = scopes.find((wanted) => same.some((component) => component.scope === wanted));
  return { ...same[0]!, scope };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
