// Pure: holds the versions that a config declares against those that the catalogue has.

import type { Problem } from '../config/problem.ts';

/** 'packages' where no container registry answers: images are made; 'registry': official ones are pulled. */
export type AddonMode = 'packages' | 'registry';

/** The version of an addon that is installed in each mode. */
export type AddonVersions = Readonly<Record<AddonMode, string>>;

/**
 * A problem for each declared version that is not the one of this mode. Addons without a version, and unknown ones,
 * are passed over.
 * @param path of the addons in the config: 'environments.todo.addons'.
 */
export function checkAddonVersions(
  path: string,
  declared: Readonly<Record<string, { readonly version?: string | undefined }>>,
  catalog: ReadonlyMap<string, { readonly versions: AddonVersions }>,
  mode: AddonMode,
): Problem[] {
  return Object.entries(declared).flatMap(([name, { version }]) => {
    const versions = catalog.get(name)?.versions;
    if (versions === undefined || version === undefined || version === versions[mode]) return [];
    return [
      {
        path: `${path}.${name}.version`,
        message:
          `${version} is not available with images from ${mode}; ` +
          `available are ${versions.packages} from packages and ${versions.registry} from registries`,
      },
    ];
  });
}
