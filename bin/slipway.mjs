#!/usr/bin/env node
// The `slipway` command of the package. Plain JavaScript for any Node, so that one which is too old is told so.

import { setMaxListeners } from 'node:events';
import * as modules from 'node:module';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`✖ Slipway needs Node 20.19 or newer; this is ${process.version}\n`);
  process.exit(1);
}
// Node keeps what it has compiled, in a folder of its own beside its other temporary files.
modules.enableCompileCache?.();
// What the code is written with and Node 20 and 22 lack.
if (Promise.withResolvers === undefined || globalThis.AsyncDisposableStack === undefined) {
  await import('../dist/polyfills.mjs');
  // They warn of the eleventh listener of a signal, and a run has as many as it has things to stop.
  setMaxListeners(0);
}
const { runSlipway } = await import('../dist/slipway.mjs');
await runSlipway(process.argv.slice(2), 'slipway');
