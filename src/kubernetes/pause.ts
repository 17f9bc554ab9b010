// Waiting between two looks at the cluster.
import { setTimeout as delay } from 'node:timers/promises';
import { Failure } from '../failure.ts';

/** Resolves after `ms` milliseconds; rejects with Failure 'interrupted' the moment the signal is aborted. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal });
  } catch (cause) {
    throw new Failure('interrupted', 'stopped while waiting for the cluster', { cause });
  }
}
