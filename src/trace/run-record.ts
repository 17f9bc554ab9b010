// Pure: what of a run's events the report on its time and its trace are made of.

import type { PlannedStep, RunEvent } from '../run/events.ts';

/** Times are milliseconds since the command began. */
export interface RecordedStep {
  readonly id: string;
  readonly title: string;
  readonly group: string;
  readonly reason: string;
  readonly needs: readonly string[];
  readonly startMs: number;
  readonly endMs: number;
  readonly outcome: 'done' | 'failed' | 'cancelled';
  readonly note?: string | undefined;
}

export interface RecordedRun {
  readonly command: string;
  readonly environment: string;
  /** ISO 8601: when the plan was there. */
  readonly at: string;
  /** When the plan was there, since the command began. */
  readonly plannedMs: number;
  readonly endMs: number;
  readonly outcome: string;
  /** Only what was done, in the order in which it began. */
  readonly steps: readonly RecordedStep[];
  readonly states: readonly { readonly release: string; readonly to: string; readonly atMs: number }[];
}

/** Takes the events of a run as they come. */
export class RunRecord {
  #plan: Extract<RunEvent, { type: 'run-started' }> | undefined;
  #plannedMs = 0;
  #outcome = 'interrupted';
  #endMs: number | undefined;
  readonly #planned = new Map<string, PlannedStep>();
  readonly #started = new Map<string, number>();
  readonly #steps: RecordedStep[] = [];
  readonly #states: RecordedRun['states'][number][] = [];

  /** @param atMs - Milliseconds since the command began. */
  take(event: RunEvent, atMs: number): void {
    switch (event.type) {
      case 'run-started':
        this.#plan = event;
        this.#plannedMs = atMs;
        for (const step of event.steps) this.#planned.set(step.id, step);
        return;
      case 'step-started':
        return void this.#started.set(event.id, atMs);
      case 'step-done':
        return this.#end(event.id, 'done', atMs, event.note);
      case 'step-failed':
        return this.#end(event.id, 'failed', atMs, event.message);
      case 'step-cancelled':
        return this.#end(event.id, 'cancelled', atMs, event.reason);
      case 'release-state':
        return void this.#states.push({ release: event.release, to: event.to, atMs });
      case 'run-ended':
        this.#outcome = event.outcome;
        this.#endMs = atMs;
    }
  }

  /** Undefined when nothing was done. `nowMs` counts where the run has not come to its end. */
  read(nowMs: number): RecordedRun | undefined {
    if (this.#plan === undefined || this.#steps.length === 0) return undefined;
    const { command, environment, at } = this.#plan;
    return {
      ...{
        command,
        environment,
        at,
        plannedMs: this.#plannedMs,
        endMs: this.#endMs ?? nowMs,
        outcome: this.#outcome,
      },
      steps: this.#steps.toSorted((a, b) => a.startMs - b.startMs),
      states: this.#states,
    };
  }

  #end(id: string, outcome: RecordedStep['outcome'], endMs: number, note: string | undefined): void {
    const startMs = this.#started.get(id);
    const planned = this.#planned.get(id);
    // What was never started took no time.
    if (startMs === undefined || planned === undefined) return;
    const { title, group, reason, needs } = planned;
    this.#steps.push({ id, title, group, reason, needs, startMs, endMs, outcome, note });
  }
}
