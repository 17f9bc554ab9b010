// One line of the terminal view: a listr2 task that takes its state from the events of a step.
//
//   hidden ──start──► started ──┬─► completed
//                               ├─► failed
//                               └─► cancelled

import { ListrTaskState, type ListrTask } from 'listr2';
import { printable } from './printable.ts';

export type RowState = 'hidden' | 'waiting' | 'started' | 'completed' | 'failed' | 'cancelled' | 'skipped';

const LISTR_STATES: Record<RowState, ListrTaskState> = {
  hidden: ListrTaskState.WAITING,
  waiting: ListrTaskState.WAITING,
  started: ListrTaskState.STARTED,
  completed: ListrTaskState.COMPLETED,
  failed: ListrTaskState.FAILED,
  cancelled: ListrTaskState.CANCELLED,
  skipped: ListrTaskState.SKIPPED,
};

type ListrTaskObject = Parameters<ListrTask['task']>[1]['task'];

export class TerminalRow {
  #state: RowState;
  #title: string;
  #task: ListrTaskObject | undefined;
  readonly #ended = Promise.withResolvers<void>();

  constructor(state: RowState, title = '') {
    this.#state = state;
    this.#title = printable(title, { colors: true });
  }

  get state(): RowState {
    return this.#state;
  }

  /** For the constructor of Listr. listr2 starts all tasks at once; the row then takes back its own state. */
  toTask(): ListrTask {
    return {
      task: (_context, wrapper) => {
        this.#task = wrapper.task;
        this.#apply();
        return this.#ended.promise;
      },
    };
  }

  set(state: RowState, title: string): void {
    this.#state = state;
    // listr2 writes it to the terminal as it is; colours are ours.
    this.#title = printable(title, { colors: true });
    this.#apply();
  }

  /** Lets listr2 take the task as finished, in whatever state it is; one that never showed stays hidden. */
  end(): void {
    this.#ended.resolve();
  }

  #apply(): void {
    const task = this.#task;
    if (!task) return;
    if (this.#state === 'hidden') delete task.title;
    else task.title$ = this.#title;
    // listr2 shows the message of a failed or skipped task in the place of its title.
    if (this.#state === 'failed') task.message$ = { error: this.#title };
    if (this.#state === 'skipped') task.message$ = { skip: this.#title };
    const state = LISTR_STATES[this.#state];
    if (task.state !== state) task.state$ = state;
  }
}
