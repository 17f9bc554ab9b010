// Installs packages of the distribution on Debian and Ubuntu, where we are root and may.

import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../failure.ts';
import type { CommandRunner } from '../process/command-runner.ts';
import type { Task } from '../task.ts';
import { DebianProgress } from './debian-progress.ts';
import type { InstallConsent } from './install-consent.ts';

export interface Host {
  readonly isRoot: boolean;
  /** Content of /etc/os-release; empty where there is none. */
  readonly osRelease: string;
}

export interface DebianPackagesRequest {
  readonly packages: readonly string[];
  /** What for: 'a container engine'. */
  readonly what: string;
}

export interface DebianPackagesMeans {
  readonly commands: CommandRunner;
  readonly consent: InstallConsent;
  readonly host: Host;
  /** Time between two tries while another apt is at work; 1 s if absent. */
  readonly retryMs?: number;
}

/** Another apt may be at work: unattended upgrades, or another run of ours. */
const LOCK_PATIENCE_SECONDS = 120;

/** True on Debian, Ubuntu and what is made from them. */
export function isDebianFamily(osRelease: string): boolean {
  return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(osRelease);
}

/** The command that installs the packages, to show and to paste. */
export function installCommand(packages: readonly string[], isRoot: boolean): string {
  const sudo = isRoot ? '' : 'sudo ';
  return `${sudo}apt-get update && ${sudo}apt-get install -y --no-install-recommends ${packages.join(' ')}`;
}

/** Installs with apt-get, or rejects with Failure 'prerequisite' and the command that the user can run. */
export async function installDebianPackages(
  { commands, consent, host, retryMs = 1_000 }: DebianPackagesMeans,
  { packages, what }: DebianPackagesRequest,
  task: Task,
): Promise<void> {
  const command = installCommand(packages, host.isRoot);
  if (!isDebianFamily(host.osRelease) || !host.isRoot) {
    throw new Failure(
      'prerequisite',
      `${what} is missing, and Slipway installs only as root on Debian or Ubuntu`,
      {
        hint: isDebianFamily(host.osRelease) ? command : `Install ${packages.join(', ')} and run again.`,
      },
    );
  }
  if (!(await consent({ what: `${what} (${packages.join(', ')})`, command }))) {
    throw new Failure('prerequisite', `${what} is missing and was not to be installed`, { hint: command });
  }
  const progress = new DebianProgress();
  const run = (program: string, args: readonly string[]): Promise<unknown> =>
    commands.run({
      program,
      args,
      env: { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' },
      signal: task.signal,
      onLine: (line) => {
        const read = progress.read(line);
        if (read !== undefined) task.report(read);
      },
    });
  // For the lock of dpkg apt-get waits by itself; for that of the package lists it does not, and dpkg waits for none.
  const patiently = async (program: string, ...args: readonly string[]): Promise<void> => {
    const deadline = performance.now() + LOCK_PATIENCE_SECONDS * 1000;
    for (;;) {
      try {
        await run(program, args);
        return;
      } catch (error) {
        if (!isLocked(error) || performance.now() >= deadline) throw error;
        task.report({ text: 'waiting for another apt' });
        await sleep(retryMs, undefined, { signal: task.signal });
      }
    }
  };
  const patience = ['-o', `DPkg::Lock::Timeout=${LOCK_PATIENCE_SECONDS}`];
  task.report({ text: 'reading package lists' });
  await patiently('apt-get', ...patience, 'update');
  task.report({ text: `installing ${packages.join(', ')}` });
  // A run that was stopped here left packages half set up, and apt-get refuses until that is finished.
  await patiently('dpkg', '--configure', '-a');
  await patiently('apt-get', ...patience, 'install', '-y', '--no-install-recommends', ...packages);
}

function isLocked(error: unknown): boolean {
  const words = /Could not get lock|lock was locked by another process/;
  return error instanceof Failure && error.details.some((line) => words.test(line));
}
