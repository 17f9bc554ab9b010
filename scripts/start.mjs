// Starts a command of npm: `node scripts/start.mjs up --json` is `node scripts/up.ts --json`, only sooner. Plain
// JavaScript, so that Node need not load what strips types: that is kept compiled from the second start on.

import { enableCompileCache } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = dirname(fileURLToPath(import.meta.url));
// With the packages, in a folder that is ours: the default one is shared with all users of the machine.
enableCompileCache(join(folder, '..', 'node_modules', '.cache', 'slipway'));

const [name] = process.argv.splice(2, 1);
const runner = join(folder, `${name}.ts`);
process.argv[1] = runner;
await import(runner);
