// Pure: a run in the trace event format of Chrome, as chrome://tracing, Perfetto and Speedscope open it.
// https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU

import type { CriticalPath } from '../run/events.ts';
import type { RecordedRun } from './run-record.ts';

export interface TraceEvent {
  readonly name: string;
  readonly cat?: string;
  /** 'X': something with a duration, 'i': a moment, 'M': a name for a row. */
  readonly ph: 'X' | 'i' | 'M';
  /** Microseconds since the command began. */
  readonly ts: number;
  readonly dur?: number;
  readonly pid: 1;
  readonly tid: number;
  readonly s?: 't';
  readonly args?: Readonly<Record<string, unknown>>;
}

export interface ChromeTrace {
  readonly displayTimeUnit: 'ms';
  /** What a viewer shows as facts of the file, and `slipway trace` as a row of its list. */
  readonly otherData: Pick<RecordedRun, 'command' | 'environment' | 'at' | 'outcome'> & {
    readonly path: CriticalPath;
  };
  readonly traceEvents: readonly TraceEvent[];
}

const PATH_ROW = 0;

/** The critical path is the first row; the steps are below it, on as few rows as they need. */
export function chromeTraceOf(run: RecordedRun, path: CriticalPath): ChromeTrace {
  const { command, environment, at, outcome, steps } = run;
  const onPath = new Set(path.parts.map(({ id }) => id));
  /** By row: when its last step ends. */
  const rows: number[] = [];
  const events: TraceEvent[] = [];
  const span = (name: string, cat: string, tid: number, startMs: number, endMs: number, args = {}): void =>
    void events.push({
      name,
      cat,
      ph: 'X',
      ts: micro(startMs),
      dur: micro(endMs - startMs),
      pid: 1,
      tid,
      args,
    });

  span('looking at what is there', 'opening', PATH_ROW, 0, run.plannedMs);
  for (const { id, title, group, reason, needs, startMs, endMs, outcome: end, note } of steps) {
    const free = rows.findIndex((endedMs) => endedMs <= startMs);
    const row = free === -1 ? rows.length : free;
    rows[row] = endMs;
    span(title, group, row + 1, startMs, endMs, { id, reason, needs, outcome: end, note });
    if (onPath.has(id)) span(title, group, PATH_ROW, startMs, endMs, { id });
  }
  for (const { release, to, atMs } of run.states) {
    const step = steps.findIndex(({ id }) => id === `release:${release}` || id === `addon:${release}`);
    const ts = micro(atMs);
    if (step !== -1) events.push({ name: `${release}: ${to}`, ph: 'i', ts, pid: 1, tid: PATH_ROW, s: 't' });
  }
  const named = (tid: number, name: string): TraceEvent => ({
    ...{ name: 'thread_name', ph: 'M', ts: 0, pid: 1, tid },
    args: { name },
  });
  return {
    displayTimeUnit: 'ms',
    otherData: { command, environment, at, outcome, path },
    traceEvents: [
      named(PATH_ROW, 'critical path'),
      ...rows.map((_, row) => named(row + 1, `steps ${row + 1}`)),
      ...events.toSorted((a, b) => a.ts - b.ts),
    ],
  };
}

function micro(ms: number): number {
  return Math.round(ms * 1000);
}
