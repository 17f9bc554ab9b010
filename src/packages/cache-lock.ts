// One maker at a time across processes, for one entry of the cache.

import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../failure.ts';
import { tryProcessLock } from '../process/process-lock.ts';
import type { Task } from '../task.ts';

const pollMs = 200;

export interface LockOptions {
  /** Path of the lock itself; its folder must exist. */
  readonly path: string;
  /** Asked while another run holds the lock; true ends the wait without the lock. */
  readonly isSettled: () => Promise<boolean>;
}

/**
 * Runs `work` while holding the lock; waits for another run that holds it, as long as that one lives.
 * Resolves false, without running `work`, when `isSettled` came true during the wait.
 */
export async function withCacheLock(
  options: LockOptions,
  task: Task,
  work: (task: Task) => Promise<void>,
): Promise<boolean> {
  for (;;) {
    task.signal.throwIfAborted();
    const release = await tryLock(options.path);
    if (release !== undefined) {
      try {
        await work(task);
      } finally {
        await release();
      }
      return true;
    }
    task.report({ text: 'waiting for another run that makes the same' });
    await sleep(pollMs, undefined, { signal: task.signal });
    if (await options.isSettled()) return false;
  }
}

/** Takes the lock if nobody holds it. */
export async function tryLock(path: string): Promise<(() => Promise<void>) | undefined> {
  try {
    const answer = await tryProcessLock(path, `process ${process.pid}`);
    return 'lock' in answer ? answer.lock.release : undefined;
  } catch (cause) {
    throw new Failure('state', `cannot take the lock ${path}`, {
      hint: 'Look at what lies there: it may be deleted when no run is at work.',
      cause,
    });
  }
}
