// Puts the journal around steps: the intent is on disk before the act, the outcome after it.

import type { Journal } from './journal.ts';
import type { Perform } from './run-plan.ts';
import type { ObservedState } from '../plan/state.ts';
import type { Resource, Step } from '../plan/step.ts';
import type { Task } from '../task.ts';

/**
 * A step of `up`. It calls `intend` right before it makes something, and after it has asked whose the thing is that is
 * there under the name: what was refused as foreign was never intended.
 */
export type Make = (step: Step, task: Task, intend: () => Promise<void>) => Promise<string | undefined>;

/** What came of the removal of a resource. */
export type Removal =
  | { readonly end: 'removed'; readonly note?: string }
  | { readonly end: 'absent' }
  /** Still there. What is not ours is forgotten, what is ours stays in the journal for the next `down`. */
  | { readonly end: 'kept'; readonly reason: string; readonly isOurs: boolean };

/** A step of `down`; undefined for one that removes nothing. */
export type Remove = (step: Step, task: Task) => Promise<Removal | undefined>;

/** What a `down` has left, and why. */
export interface Kept {
  readonly resource: Resource;
  readonly reason: string;
}

/** For `up`: 'intended' before something is made, 'made' after it. */
export function recordMaking(journal: Journal, make: Make): Perform {
  return async (step, task) => {
    const { resource } = step;
    const note = await make(step, task, async () => {
      if (resource) await journal.record('intended', resource);
    });
    // What `up` takes away is no making.
    if (resource) await journal.record(step.group === 'orphan' ? 'gone' : 'made', resource);
    return note;
  };
}

/** For `down`: 'gone' when a removal was verified, or when the thing turned out to be somebody else's. */
export function recordRemoval(
  journal: Journal,
  remove: Remove,
  onKept: (kept: Kept) => void = () => undefined,
): Perform {
  return async (step, task) => {
    const removal = await remove(step, task);
    const { resource } = step;
    if (removal === undefined || resource === undefined) return undefined;
    if (removal.end !== 'kept' || !removal.isOurs) await journal.record('gone', resource);
    if (removal.end === 'removed') return removal.note;
    if (removal.end === 'absent') return 'was gone already';
    onKept({ resource, reason: removal.reason });
    return `kept: it ${removal.reason}`;
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
  { shared }: { readonly shared: boolean } = { shared: false },
): Promise<void> {
  for (const { action, group, subject, resource } of steps) {
    if (action !== 'skip' || !resource) continue;
    const mark = journal.markOf(resource);
    // The images of addons are those of all that share a cluster: whoever goes last takes them away.
    if (shared && mark === undefined && group === 'artifact' && artifacts.has(subject))
      await journal.record('made', resource);
    if (mark !== 'intended') continue;
    // Of images, those that nobody needs now are skipped too.
    const isThere =
      group === 'artifact'
        ? artifacts.has(subject)
        : resource.kind !== 'image' || images.has(resource.reference);
    await journal.record(isThere ? 'made' : 'gone', resource);
  }
}
