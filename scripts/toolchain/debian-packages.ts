// Installs packages of the distribution on Debian and Ubuntu, where we are root and may.

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
}

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
  { commands, consent, host }: DebianPackagesMeans,
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
  task.report({ text: 'reading package lists' });
  // Another apt may be at work (unattended upgrades): wait for its lock instead of failing.
  const patience = ['-o', 'DPkg::Lock::Timeout=120'];
  await run('apt-get', [...patience, 'update']);
  task.report({ text: `installing ${packages.join(', ')}` });
  // A run that was stopped here left packages half set up, and apt-get refuses until that is finished.
  await run('dpkg', ['--configure', '-a']);
  await run('apt-get', [...patience, 'install', '-y', '--no-install-recommends', ...packages]);
}
