// Pure: what has to be done to a release that a killed helm left half changed, before helm takes it up again.
import type { StoredRelease } from './release-store.ts';

export type Repair =
  | { readonly action: 'none' }
  /** From the bottom: its objects go, and hooks of the first installation run again. */
  | { readonly action: 'uninstall'; readonly reason: string }
  /** The same without taking its objects away: helm takes over what it finds of a release of that name. */
  | { readonly action: 'forget'; readonly reason: string }
  | { readonly action: 'rollback'; readonly toRevision: number; readonly reason: string };

/**
 * Decides by all revisions of one release. helm itself refuses to touch one that is pending, and takes one that never
 * worked for one that is to be upgraded: its hooks of the first installation would never run.
 */
export function planRepair(
  revisions: readonly StoredRelease[],
  { holdsData }: { readonly holdsData: boolean },
): Repair {
  const newestFirst = [...revisions].sort((a, b) => b.revision - a.revision);
  const [latest] = newestFirst;
  // helm marks the old revision superseded a moment before it marks the new one deployed.
  const good =
    newestFirst.find(({ status }) => status === 'deployed') ??
    newestFirst.find(({ status }) => status === 'superseded');
  const anew = (reason: string): Repair =>
    holdsData
      ? { action: 'forget', reason: `${reason}; it starts anew, with its data` }
      : { action: 'uninstall', reason: `${reason}; it starts anew` };
  switch (latest?.status) {
    case 'uninstalling':
      return { action: 'uninstall', reason: 'its removal was broken off; it is finished first' };
    case 'pending-install':
    case 'pending-upgrade':
    case 'pending-rollback': {
      const what = latest.status.slice('pending-'.length);
      if (good === undefined) return anew(`its ${what} was broken off before anything worked`);
      const reason = `its ${what} was broken off; it goes back to revision ${good.revision} first`;
      return { action: 'rollback', toRevision: good.revision, reason };
    }
    case 'failed':
    case 'unknown':
      return good === undefined ? anew('its first installation failed') : { action: 'none' };
    default:
      return { action: 'none' };
  }
}
