// Pure: the one table of exit codes.

import { Failure } from './failure.ts';

/** 0 is: done, or nothing to do. 130 for an interrupt, 1 for a Failure, 70 (EX_SOFTWARE) for anything else: a bug. */
export function exitCodeOf(error: unknown): 1 | 70 | 130 {
  if (isInterrupt(error)) return 130;
  return error instanceof Failure ? 1 : 70;
}

/** Whether somebody has asked for the end of the run: they know, and need not be told. */
export function isInterrupt(error: unknown): boolean {
  if (error instanceof Failure) return error.code === 'interrupted';
  return error instanceof Error && error.name === 'AbortError';
}
