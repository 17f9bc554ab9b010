// Pure: what has to be done to a release that an interrupted helm has left, before helm takes it again.

import type { StoredRelease } from './release-store.ts';

export type Repair =
  | { readonly action: 'none' }
  | { readonly action: 'uninstall' }
  /** To a revision that was deployed. */
  | { readonly action: 'rollback'; readonly revision: number };

/** `revisions`: all of one release, newest first. */
export function planRepair(revisions: readonly Pick<StoredRelease, 'revision' | 'status'>[]): Repair {
  switch (revisions[0]?.status) {
    // helm refuses with 'another operation is in progress' for ever.
    case 'pending-install':
    case 'pending-upgrade':
    case 'pending-rollback': {
      // 'superseded' was deployed once: where a rollback broke off, nothing else may be left.
      const good =
        revisions.find(({ status }) => status === 'deployed') ??
        revisions.find(({ status }) => status === 'superseded');
      return good === undefined ? { action: 'uninstall' } : { action: 'rollback', revision: good.revision };
    }
    // Some of its objects are gone already: what is left goes too, then it is installed anew.
    case 'uninstalling':
      return { action: 'uninstall' };
    default:
      return { action: 'none' };
  }
}
