// Looks whether a trust store has the certificate, puts it in and takes it out.

import { readFile } from 'node:fs/promises';
import { Failure } from '../failure.ts';
import type { CommandRunner } from '../process/command-runner.ts';
import { quoteCommand } from '../process/quote-command.ts';
import type { Argv, TrustStore } from './trust-store.ts';

export interface TrustMeans {
  readonly commands: CommandRunner;
  readonly isRoot: boolean;
}

/** 'unknown': the program that could tell is not there. */
export type TrustState = 'trusted' | 'absent' | 'unknown';

/** Changes nothing. */
export async function observeTrust(
  store: TrustStore,
  certificatePem: string,
  { commands }: Pick<TrustMeans, 'commands'>,
  signal: AbortSignal,
): Promise<TrustState> {
  const { evidence } = store;
  if ('file' in evidence) {
    const held = await readFile(evidence.file, { encoding: 'utf8', signal }).catch(() => '');
    return holds(held, certificatePem) ? 'trusted' : 'absent';
  }
  const [program, ...args] = evidence.command;
  if ((await commands.find(program)) === undefined) return 'unknown';
  try {
    const { stdout } = await commands.run({ program, args, signal });
    return holds(stdout, certificatePem) ? 'trusted' : 'absent';
  } catch (error) {
    // So do certutil and security say that they know no such certificate.
    if (error instanceof Failure && error.code === 'command') return 'absent';
    throw error;
  }
}

/**
 * Runs the commands of a store, with sudo where they need root and we are not. Rejects with Failure 'prerequisite' and
 * the commands when sudo wants a password: it could only be asked for on a terminal that programs of ours do not have.
 */
export async function changeTrust(
  store: TrustStore,
  change: 'install' | 'remove',
  { commands, isRoot }: TrustMeans,
  signal: AbortSignal,
): Promise<void> {
  const needsSudo = store.needsRoot && !isRoot;
  const shown = commandsOf(store, change, isRoot).join(' && ');
  if (needsSudo) {
    const asked = commands.run({ program: 'sudo', args: ['-n', 'true'], signal });
    await asked.catch((error: unknown) => {
      if (error instanceof Failure && error.code === 'interrupted') throw error;
      throw new Failure('prerequisite', `only root can change the trust store '${store.name}'`, {
        hint: `Run it yourself: ${shown}`,
        cause: error,
      });
    });
  }
  for (const argv of store[change]) {
    const [program, ...args] = needsSudo ? (['sudo', '-n', ...argv] as const) : argv;
    await commands.run({ program, args, signal });
  }
}

/** The commands for people to paste, with sudo where it is needed. */
export function commandsOf(store: TrustStore, change: 'install' | 'remove', isRoot: boolean): string[] {
  const asRoot = (argv: Argv): Argv => (store.needsRoot && !isRoot ? ['sudo', ...argv] : argv);
  return store[change].map((argv) => {
    const [program, ...args] = asRoot(argv);
    return quoteCommand(program, args);
  });
}

// Stores wrap lines as they like.
function holds(text: string, certificatePem: string): boolean {
  const bare = (pem: string): string => pem.replaceAll(/\s/g, '');
  return bare(text).includes(bare(certificatePem));
}
