// Where Slipway itself lies: as sources (src/) or bundled (dist/). Both are folders of the package, so that what it
// brings besides code (charts, Dockerfiles, recipes) is found in the same way.

import { dirname, join } from 'node:path';

/** Whether this is the built package. The bundler puts every module straight into dist/. */
export const isBundled = !import.meta.url.endsWith('.ts');

/** Absolute path of the folder with Slipway's package.json. */
export const packageFolder = dirname(import.meta.dirname);

/** The lockfile that pins what images and tools are made from; npm packs none, so that the build keeps a copy. */
export const lockFile = join(packageFolder, isBundled ? 'dist' : '', 'package-lock.json');

/** What of the package decides what it does: when one of these changes, nothing that was worked out before holds. */
export const ownFiles: readonly string[] = [
  ...[isBundled ? 'dist' : 'src', 'charts', 'kind', 'dockerfiles'].map((name) => join(packageFolder, name)),
  lockFile,
];
