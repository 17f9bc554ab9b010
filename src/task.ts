// What every long-running piece of work is given: a way to be stopped and a way to tell how far it is.

/** How far a piece of work is. `total` is given only where it is known: percentages are real or absent. */
export interface Progress {
  /** What is being done right now, one short line without trailing full stop. */
  readonly text: string;
  readonly done?: number;
  readonly total?: number;
  /** What `done` and `total` count: 'packages', 'steps', 'bytes'. */
  readonly unit?: string;
}

export interface Task {
  /** Aborted when the run is cancelled; work must stop, leave nothing half made, and reject. */
  readonly signal: AbortSignal;
  report(progress: Progress): void;
}
