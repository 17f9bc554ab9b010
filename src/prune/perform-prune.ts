// Takes away what planPrune has chosen. Never forces: what has come into use meanwhile stays.

import { rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Failure } from '../failure.ts';
import { isOwnReference } from '../images/image-ownership.ts';
import type { ImageStore } from '../images/image-store.ts';
import { removeStage } from '../images/remove-nameless.ts';
import type { LedgerEntry } from './ledger-entry.ts';

export interface PruneTools {
  readonly images: Pick<ImageStore, 'find' | 'remove'>;
  /** Removes leftovers of killed runs, but not those of runs that live. */
  readonly sweep: () => Promise<void>;
}

/** True when it is gone. */
export async function removeEntry(
  { images, sweep }: PruneTools,
  entry: LedgerEntry,
  signal: AbortSignal,
): Promise<boolean> {
  signal.throwIfAborted();
  switch (entry.kind) {
    case 'image': {
      const found = await images.find(entry.id, signal);
      if (found && !isOwnReference(entry.id, found.labels)) return false;
      return (await images.remove(entry.id, signal)) !== 'in-use';
    }
    case 'stage':
      return removeStage(images, entry.id, signal);
    case 'artifact':
    case 'state':
      return removeFolder(entry.id);
    case 'leftover':
      await sweep();
      return true;
    case 'volume':
      throw new Failure('state', `${entry.id} goes with its cluster only`);
  }
}

/** Whole or not at all for whoever looks: it leaves its name in one step. */
async function removeFolder(path: string): Promise<boolean> {
  const aside = join(dirname(path), `.tmp-prune-${process.pid}-${path.slice(-12).replaceAll('/', '-')}`);
  await rename(path, aside);
  await rm(aside, { recursive: true, force: true });
  return true;
}
