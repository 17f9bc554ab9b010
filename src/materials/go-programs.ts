// Asks Go what is compiled into the programs of some folders.

import { Failure } from '../failure.ts';
import type { CommandRunner } from '../process/command-runner.ts';
import { parseGoBuildInfo } from './go-build-info.ts';
import type { Component } from './material.ts';

export interface GoPrograms {
  /** Components of each Go program by its path. */
  readonly programs: ReadonlyMap<string, readonly Component[]>;
  /** What could not be told. */
  readonly notes: readonly string[];
}

/** Looks at all files below the folders; those that are no Go programs are passed over, by go itself. */
export async function readGoPrograms(
  commands: CommandRunner,
  folders: readonly string[],
  signal: AbortSignal,
): Promise<GoPrograms> {
  if (folders.length === 0) return { programs: new Map(), notes: [] };
  if ((await commands.find('go')) === undefined) {
    return { programs: new Map(), notes: ['go is not on PATH: what Go programs are made of is left out.'] };
  }
  const lines: string[] = [];
  const notes: string[] = [];
  await commands
    .run({
      program: 'go',
      args: ['version', '-m', ...folders],
      // In a folder without go.mod, which could have another toolchain fetched.
      cwd: '/',
      env: { GOFLAGS: '', GOTOOLCHAIN: 'local' },
      signal,
      onLine: (line, stream) => void (stream === 'stdout' && lines.push(line)),
    })
    .catch((error: unknown) => {
      if (!(error instanceof Failure) || error.code !== 'command') throw error;
      // What it has said of other programs holds.
      notes.push('`go version -m` failed: what Go programs are made of may be incomplete.');
    });
  return { programs: parseGoBuildInfo(lines), notes };
}
