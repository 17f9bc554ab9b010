// mmdebstrap, which makes file trees out of Debian packages: installed where it is missing and we may.

import type { Task } from '../task.ts';
import { type DebianPackagesMeans, installDebianPackages } from './debian-packages.ts';

/** The keyring comes with it: on Ubuntu nobody else brings Debian's keys. */
export const mmdebstrapPackages: readonly string[] = ['mmdebstrap', 'debian-archive-keyring'];

/** Resolves true when it had to be installed. */
export async function ensureMmdebstrap(means: DebianPackagesMeans, task: Task): Promise<boolean> {
  if ((await means.commands.find('mmdebstrap')) !== undefined) return false;
  const what = 'a maker of Debian file trees';
  await installDebianPackages(means, { packages: mmdebstrapPackages, what }, task);
  return true;
}
