// Waits while git rewrites the working tree: half a checkout is nothing to build.

import { access, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const LOOK_EVERY_MS = 20;
/** A lock that a killed git left behind must not stop anybody for longer. */
const WAIT_AT_MOST_MS = 5_000;

/** The folder .git above a folder; undefined where there is none (or the tree is a linked one). */
export async function findGitFolder(folder: string): Promise<string | undefined> {
  for (let current = folder; ; current = dirname(current)) {
    const candidate = join(current, '.git');
    const found = await stat(candidate).catch(() => undefined);
    if (found?.isDirectory()) return candidate;
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
