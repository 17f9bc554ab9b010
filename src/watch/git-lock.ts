// Waits while git rewrites the working tree: half a checkout is nothing to build.

import { access, readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const LOOK_EVERY_MS = 20;
/** A lock that a killed git left behind must not stop anybody for longer. */
const WAIT_AT_MOST_MS = 5_000;

/**
 * Where git keeps what it knows of the tree that a folder is in; undefined where there is none. That is the folder .git
 * above it, or what a file .git names: in a linked worktree and in a submodule each tree has a lock of its own there.
 */
export async function findGitFolder(folder: string): Promise<string | undefined> {
  for (let current = folder; ; current = dirname(current)) {
    const candidate = join(current, '.git');
    const found = await stat(candidate).catch(() => undefined);
    if (found?.isDirectory()) return candidate;
    if (found?.isFile()) {
      const named = /^gitdir: (.+)$/m.exec(await readFile(candidate, 'utf8').catch(() => ''))?.[1];
      return named === undefined ? undefined : resolve(current, named);
    }
    if (current === dirname(current)) return undefined;
  }
}

/** git holds index.lock from before the first file of a checkout to after the last. */
export async function waitForGit(gitFolder: string | undefined, signal: AbortSignal): Promise<void> {
  if (gitFolder === undefined) return;
  const deadline = performance.now() + WAIT_AT_MOST_MS;
  while (performance.now() < deadline && (await isThere(join(gitFolder, 'index.lock'))))
    await pause(LOOK_EVERY_MS, undefined, { signal });
}

function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
