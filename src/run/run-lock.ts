// One changing run per cluster: the second one is refused and told who goes first.

import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Failure } from '../failure.ts';
import { tryProcessLock } from '../process/process-lock.ts';
import { endOrphans } from './run-orphans.ts';
import { runLockOf } from './run-lock-file.ts';

export interface RunLock {
  /** Rejects with Failure 'state' when the lock is no longer ours: nothing may be begun then. */
  verify(): Promise<void>;
  release(): Promise<void>;
}

/**
 * Rejects with Failure 'state' when another run holds the cluster. The lock of a run that was killed is taken over at
 * once, and what it has left running is ended.
 */
export async function lockRun(stateFolder: string, command: string): Promise<RunLock> {
  const folder = runLockOf(stateFolder);
  const about = `slipway ${command}, process ${process.pid}, since ${new Date().toISOString()}`;
  const answer = await take(stateFolder, folder, about);
  if ('heldBy' in answer)
    throw new Failure('state', `another run is at work on this cluster: ${answer.heldBy}`, {
      hint: 'Wait for it to end, or end it (Ctrl+C). A run that was killed holds nothing.',
    });
  const { lock } = answer;
  if (lock.foundDead > 0) await endOrphans(stateFolder);
  return {
    verify: async () => {
      if (await lock.isHeld()) return;
      throw new Failure('state', `this run has lost its lock ${folder}: somebody has removed it`, {
        hint: 'Another run may be at work. Run the command again.',
      });
    },
    release: async () => {
      // `down` removes the whole folder, the lock included.
      await lock.release().catch(() => undefined);
      // A run that made nothing leaves nothing: only an empty folder can be removed like this.
      await rmdir(stateFolder).catch(() => undefined);
    },
  };
}

/** With the lock in it: it leaves its name in one step, so that who waits for the lock finds all of it or nothing. */
export async function removeStateFolder(stateFolder: string): Promise<void> {
  const aside = join(dirname(stateFolder), `.tmp-down-${randomUUID()}`);
  try {
    await rename(stateFolder, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  await rm(aside, { recursive: true, force: true });
}

async function take(stateFolder: string, folder: string, about: string): ReturnType<typeof tryProcessLock> {
  try {
    for (;;) {
      await mkdir(stateFolder, { recursive: true, mode: 0o700 });
      try {
        return await tryProcessLock(folder, about);
      } catch (error) {
        // The run before took its folder away with itself.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ENOTDIR' && code !== 'EISDIR' && code !== 'EEXIST') throw error;
    throw new Failure('state', `${folder} cannot be the lock of this run: ${message}`, {
      hint: 'Move what lies there out of the way.',
      cause: error,
    });
  }
}
