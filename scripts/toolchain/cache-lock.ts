// One maker at a time across processes, for one entry of the cache.

import { setTimeout as sleep } from 'node:timers/promises';
import { lock } from 'proper-lockfile';
import { Failure } from '../failure.ts';
import type { Task } from '../task.ts';

// A run that was killed holds its lock for this long at most.
const staleMs = 10_000;
const pollMs = 200;

export interface LockOptions {
  /** Path of the lock itself; its folder must exist. */
  readonly path: string;
  /** Asked while another run holds the lock; true ends the wait without the lock. */
  readonly isSettled: () => Promise<boolean>;
}

/**
 * Runs `work` while holding the lock; waits for another run that holds it, as long as that one lives.
 * The task that `work` gets is cancelled too when the lock is lost (the machine slept for a while).
 * Resolves false, without running `work`, when `isSettled` came true during the wait.
 */
export async function withCacheLock(
  options: LockOptions,
  task: Task,
  work: (task: Task) => Promise<void>,
): Promise<boolean> {
  const lost = new AbortController();
  const onCompromised = (cause: Error): void =>
    lost.abort(new Failure('state', `the lock ${options.path} was taken by another run`, { cause }));
  for (;;) {
    task.signal.throwIfAborted();
    const release = await tryLock(options.path, onCompromised);
    if (release !== undefined) {
      try {
        await work({
          ...task,
          signal: AbortSignal.any([task.signal, lost.signal]),
          report: (p) => task.report(p),
        });
      } finally {
        // A lock that was lost is not ours to release.
        if (!lost.signal.aborted) await release();
      }
      return true;
    }
    task.report({ text: 'waiting for another run that makes the same' });
    await sleep(pollMs, undefined, { signal: task.signal });
    if (await options.isSettled()) return false;
  }
}

/** Takes the lock if nobody holds it. */
export async function tryLock(
  path: string,
  onCompromised: (error: Error) => void,
): Promise<(() => Promise<void>) | undefined> {
  try {
    return await lock(path, {
      lockfilePath: path,
      realpath: false,
      stale: staleMs,
      update: staleMs / 4,
      onCompromised,
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ELOCKED') return undefined;
    throw new Failure('state', `cannot take the lock ${path}`, { cause: error });
  }
}
