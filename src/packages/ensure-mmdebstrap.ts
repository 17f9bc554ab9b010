// mmdebstrap, which makes file trees out of Debian packages: installed where it is missing and we may.

import type { Task } from '../task.ts';
import type { Artifact } from './artifact.ts';
import { fingerprintOf } from './content-fingerprint.ts';
import { type DebianPackagesMeans, installDebianPackages } from './debian-packages.ts';

/** The keyring comes with it: on Ubuntu nobody else brings Debian's keys. */
export const mmdebstrapPackages: readonly string[] = ['mmdebstrap', 'debian-archive-keyring'];

/** Id of the artifact below. */
export const mmdebstrapId = 'mmdebstrap';

/** Resolves true when it had to be installed. */
export async function ensureMmdebstrap(deps: DebianPackagesMeans, task: Task): Promise<boolean> {
  if ((await deps.commands.find('mmdebstrap')) !== undefined) return false;
  const what = 'a maker of Debian file trees';
  await installDebianPackages(deps, { packages: mmdebstrapPackages, what }, task);
  return true;
}

/** The program as an artifact: trees name it among their needs, so that a plan gets it first and only where it is missing. */
export function mmdebstrapArtifact(deps: DebianPackagesMeans): Artifact {
  return {
    id: mmdebstrapId,
    title: 'mmdebstrap (Debian package)',
    needs: [],
    fingerprint: fingerprintOf(mmdebstrapPackages),
    location: '/usr/bin/mmdebstrap',
    isPresent: async () => (await deps.commands.find('mmdebstrap')) !== undefined,
    make: async (task) => void (await ensureMmdebstrap(deps, task)),
  };
}
