// Tells whether a process id still means the process that we started: ids are used again.

import { readFile } from 'node:fs/promises';

export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since boot at which it started: with the id, this is unique until the next boot. */
  readonly startedTicks: string;
}

/** Reads when a process started; undefined when it does not live (a zombie does not). */
export async function observeProcess(pid: number): Promise<ProcessIdentity | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (stat === undefined) return undefined;
  // The name stands in brackets and may hold anything; the fields after it are counted from 3 (proc(5)).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const startedTicks = fields[22 - 3];
  if (fields[0] === 'Z' || fields[0] === 'X' || startedTicks === undefined) return undefined;
  return { pid, startedTicks };
}

/** True while the very same process lives. */
export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  return (await observeProcess(identity.pid))?.startedTicks === identity.startedTicks;
}

/** True when the process lives and its command line names that program, also as a script after its interpreter. */
export async function runsProgram(identity: ProcessIdentity, program: string): Promise<boolean> {
  const commandLine = await readFile(`/proc/${identity.pid}/cmdline`, 'utf8').catch(() => '');
  const isNamed = commandLine.split('\0').some((word) => word.split('/').pop() === program);
  return isNamed && (await isAlive(identity));
}
