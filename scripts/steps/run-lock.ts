// One changing run per cluster: the second one is refused and told who goes first.

import { mkdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import lockfile from 'proper-lockfile';
import { Failure } from '../failure.ts';

/** A lock whose owner has not renewed it for this long is that of a killed run. */
const STALE_MS = 10_000;

/** Rejects with Failure 'state' when another run holds the cluster; otherwise holds it until the returned function is called. */
export async function lockRun(stateFolder: string, command: string): Promise<() => Promise<void>> {
  await mkdir(stateFolder, { recursive: true, mode: 0o700 });
  const holderFile = join(stateFolder, 'run.json');
  let release: () => Promise<void>;
  try {
    release = await lockfile.lock(stateFolder, {
      lockfilePath: join(stateFolder, 'run.lock'),
      stale: STALE_MS,
      // A laptop that slept may have lost the lock; the run itself goes on and the journal stays right.
      onCompromised: () => {},
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ELOCKED') throw error;
    const holder = await readFile(holderFile, 'utf8').catch(() => '');
    throw new Failure('state', `another run is at work on this cluster: ${holder.trim() || 'unknown'}`, {
      hint: `Wait for it to end. If it was killed, the lock is free ${STALE_MS / 1000} s later.`,
      cause: error,
    });
  }
  await writeFile(
    holderFile,
    `npm run ${command}, process ${process.pid}, since ${new Date().toISOString()}\n`,
    { mode: 0o600 },
  );
  return async () => {
    await rm(holderFile, { force: true });
    // `down` removes the whole folder, the lock included.
    await release().catch(() => undefined);
    // A run that made nothing leaves nothing: only an empty folder can be removed like this.
    await rmdir(stateFolder).catch(() => undefined);
  };
}
