// Port: events that are committed together with the change they tell of, and wait to be published.

import type { TaskEventKind, TaskTodo } from '../../shared/task-event.ts';

export interface OutboxEntry {
  /** Counts up in the order in which changes of one todo were made; numbers may be left out. */
  readonly sequence: number;
  /** The id of the event: the same however often it has to be published. */
  readonly id: string;
  readonly kind: TaskEventKind;
  readonly todo: TaskTodo;
  /** When the change was made: ISO 8601, UTC. */
  readonly at: string;
}

export interface Outbox {
  /**
   * Gives the oldest waiting entry to `publish`, and forgets it when that resolves; rejects as it rejects.
   * Resolves false when none waits, or another replica is publishing.
   */
  deliverNext(publish: (entry: OutboxEntry) => Promise<void>): Promise<boolean>;
  /** How many wait. */
  countWaiting(): Promise<number>;
}
