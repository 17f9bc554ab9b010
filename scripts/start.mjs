// Starts a command of npm: `node scripts/start.mjs up --json` is `node scripts/up.ts --json`, only sooner. Plain
// JavaScript, so that Node need not load what strips types: that is kept compiled from the second start on.

import { existsSync } from 'node:fs';
import * as modules from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const folder = dirname(fileURLToPath(import.meta.url));
const pinned = join(folder, '..', 'node_modules', '.bin', 'node');

if (process.features.typescript || !existsSync(pinned)) {
  // With the packages, in a folder that is ours: the default one is shared with all users of the machine.
  modules.enableCompileCache?.(join(folder, '..', 'node_modules', '.cache', 'slipway'));
  const [name] = process.argv.splice(2, 1);
  const runner = join(folder, `${name}.ts`);
  process.argv[1] = runner;
  // A path is no URL: it may hold '#', '?' and '%'.
  await import(pathToFileURL(runner).href);
} else {
  const { runPinnedNode } = await import('./bootstrap/run-pinned-node.mjs');
  runPinnedNode(pinned, process.argv.slice(1));
}
