// Loaded before a command of Slipway (node --import): writes down with which arguments and environment it starts programs.

import { appendFileSync } from 'node:fs';
import { ChildProcess } from 'node:child_process';

const file = process.env['SLIPWAY_TEST_PROGRAMS'] ?? '';

interface SpawnOptions {
  readonly args?: readonly string[];
  readonly envPairs?: readonly string[];
}

// Below every way of starting a program: spawn, exec and fork all come here.
const prototype = ChildProcess.prototype as unknown as { spawn(options: SpawnOptions): unknown };
const spawn = prototype.spawn;
prototype.spawn = function (options: SpawnOptions): unknown {
  const { args = [], envPairs = [] } = options;
  appendFileSync(file, `${JSON.stringify({ args, environment: envPairs })}\n`);
  return spawn.call(this, options);
};
