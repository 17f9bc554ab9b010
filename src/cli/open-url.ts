// Opens an address in the user's browser.

import { Failure } from '../failure.ts';
import { RUN_VARIABLE } from '../run/run-orphans.ts';
import type { CommandRunner } from '../process/command-runner.ts';

const OPENERS: Readonly<Record<string, string>> = { darwin: 'open', linux: 'xdg-open' };
const TIMEOUT_MS = 10_000;

/** Resolves false where there is nothing that could open it, or where that fails. */
export async function openUrl(
  url: string,
  { commands, system }: { readonly commands: CommandRunner; readonly system: string },
): Promise<boolean> {
  const opener = OPENERS[system];
  if (opener === undefined || (await commands.find(opener)) === undefined) return false;
  // The browser that it may become lives on: no part of our process group, and without the mark by which the next run
  // ends what a killed one has left.
  const isDetached = system === 'linux' && (await commands.find('setsid')) !== undefined;
  const [program, args] = isDetached ? ['setsid', ['--fork', '--wait', opener, url]] : [opener, [url]];
  try {
    await commands.run({ program, args, timeoutMs: TIMEOUT_MS, env: { [RUN_VARIABLE]: undefined } });
    return true;
  } catch (error) {
    // It has not come back: the opener is the browser.
    if (error instanceof Failure) return isDetached && error.code === 'timeout';
    throw error;
  }
}
