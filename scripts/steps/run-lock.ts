// One changing run per cluster: the second one is refused and told who goes first.

import { mkdir, rm, rmdir } from 'node:fs/promises';
import lockfile from 'proper-lockfile';
import { Failure } from '../failure.ts';
import { RunHolder } from './run-holder.ts';
import { runLockOf } from './run-lock-file.ts';

/** A lock whose owner has not renewed it for this long is that of a killed run. */
const STALE_MS = 10_000;

/**
 * Rejects with Failure 'state' when another run holds the cluster; otherwise holds it until the returned function is
 * called. The lock of a run that was killed is taken over, and what it has left running is ended.
 */
export async function lockRun(stateFolder: string, command: string): Promise<() => Promise<void>> {
  await mkdir(stateFolder, { recursive: true, mode: 0o700 });
  const holder = new RunHolder(stateFolder);
  const release = await takeLock(stateFolder, holder);
  // A holder that has ended by itself says nothing any more.
  if ((await holder.read()) !== undefined) await holder.endOrphans();
  await holder.write(command);
  return async () => {
    await holder.clear();
    // `down` removes the whole folder, the lock included.
    await release().catch(() => undefined);
    // A run that made nothing leaves nothing: only an empty folder can be removed like this.
    await rmdir(stateFolder).catch(() => undefined);
  };
}

async function takeLock(stateFolder: string, holder: RunHolder): Promise<() => Promise<void>> {
  const lockfilePath = runLockOf(stateFolder);
  const lock = (): Promise<() => Promise<void>> =>
    lockfile.lock(stateFolder, {
      lockfilePath,
      stale: STALE_MS,
      // A laptop that slept may have lost the lock; the run itself goes on and the journal stays right.
      onCompromised: () => {},
    });
  try {
    return await lock().catch(async (error: unknown) => {
      if (!isLocked(error) || !(await holder.isDead())) throw error;
      await rm(lockfilePath, { recursive: true, force: true });
      return lock();
    });
  } catch (error) {
    if (!isLocked(error)) throw error;
    const who = (await holder.read()) ?? 'unknown';
    throw new Failure('state', `another run is at work on this cluster: ${who}`, {
      hint: `Wait for it to end. If it was killed, the lock is free ${STALE_MS / 1000} s later.`,
      cause: error,
    });
  }
}

function isLocked(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ELOCKED';
}
