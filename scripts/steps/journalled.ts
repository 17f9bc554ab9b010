// Puts the journal around steps: the intent is on disk before the act, the outcome after it.

import type { JournalMark } from '../engine/journal-line.ts';
import type { Journal } from '../engine/journal.ts';
import type { Perform } from '../engine/run-plan.ts';
import type { ObservedState } from '../plan/state.ts';
import type { Step } from '../plan/step.ts';

/** For `up`: 'intended' before a step that makes something, 'made' after it. */
export function recordMaking(journal: Journal, perform: Perform): Perform {
  return around(journal, perform, 'intended', 'made');
}

/** For `down`: 'gone' when a removal was verified. */
export function recordRemoval(journal: Journal, perform: Perform): Perform {
  return around(journal, perform, undefined, 'gone');
}

function around(
  journal: Journal,
  perform: Perform,
  before: JournalMark | undefined,
  after: JournalMark,
): Perform {
  return async (step, task) => {
    if (step.resource && before) await journal.record(before, step.resource);
    const note = await perform(step, task);
    if (step.resource) await journal.record(after, step.resource);
    return note;
  };
}

/**
 * What an interrupted run has not come to record: what it made and is there counts as made, and what it did not come to
 * make, and nobody makes now, as gone.
 */
export async function settleJournal(
  journal: Journal,
  steps: readonly Step[],
  { images, artifacts }: Pick<ObservedState, 'images' | 'artifacts'>,
): Promise<void> {
  for (const { action, group, subject, resource } of steps) {
    if (action !== 'skip' || !resource || journal.markOf(resource) !== 'intended') continue;
    // Of images, those that nobody needs now are skipped too.
    const isThere =
      group === 'artifact'
        ? artifacts.has(subject)
        : resource.kind !== 'image' || images.has(resource.reference);
    await journal.record(isThere ? 'made' : 'gone', resource);
  }
}
