// Pure: what has to be done to a release that a killed helm left half changed, before helm takes it up again.
import type { StoredRelease } from './release-store.ts';

export type Repair =
  | { readonly action: 'none' }
  | { readonly action: 'uninstall'; readonly reason: string }
  | { readonly action: 'rollback'; readonly toRevision: number; readonly reason: string };

/** Decides by all revisions of one release. helm itself refuses to touch one that is pending. */
export function planRepair(revisions: readonly StoredRelease[]): Repair {
  const newestFirst = [...revisions].sort((a, b) => b.revision - a.revision);
  const [latest] = newestFirst;
  switch (latest?.status) {
    case 'uninstalling':
      return { action: 'uninstall', reason: 'its removal was broken off; it is finished first' };
    case 'pending-install':
    case 'pending-upgrade':
    case 'pending-rollback': {
      const what = latest.status.slice('pending-'.length);
      // helm marks the old revision superseded a moment before it marks the new one deployed.
      const good =
        newestFirst.find(({ status }) => status === 'deployed') ??
        newestFirst.find(({ status }) => status === 'superseded');
      if (good === undefined) {
        return {
          action: 'uninstall',
          reason: `its ${what} was broken off before anything worked; it starts anew`,
        };
      }
      const reason = `its ${what} was broken off; it goes back to revision ${good.revision} first`;
      return { action: 'rollback', toRevision: good.revision, reason };
    }
    default:
      return { action: 'none' };
  }
}
