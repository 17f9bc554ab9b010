// Puts the journal around steps: the intent is on disk before the act, the outcome after it.

import type { Journal, JournalMark } from '../engine/journal.ts';
import type { Perform } from '../engine/run-plan.ts';

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
