// Pure: packages that the build bundles instead of naming them as dependencies.

/** They ask for a newer Node than Slipway does, and run on Node 20 all the same: the tests of the package show it. */
export const BUNDLED: readonly string[] = ['chokidar', 'listr2', 'log-update'];
