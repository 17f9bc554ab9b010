// Opens an address in the user's browser.

import { Failure } from '../failure.ts';
import type { CommandRunner } from '../process/command-runner.ts';

const OPENERS: Readonly<Record<string, string>> = { darwin: 'open', linux: 'xdg-open' };
const TIMEOUT_MS = 10_000;

/** Resolves false where there is nothing that could open it, or where that fails. */
export async function openUrl(
  url: string,
  { commands, system }: { readonly commands: CommandRunner; readonly system: string },
): Promise<boolean> {
  const program = OPENERS[system];
  if (program === undefined || (await commands.find(program)) === undefined) return false;
  try {
    await commands.run({ program, args: [url], timeoutMs: TIMEOUT_MS });
    return true;
  } catch (error) {
    if (error instanceof Failure) return false;
    throw error;
  }
}
