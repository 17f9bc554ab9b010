import { describe, expect, test } from 'vitest';
import { chromeTraceOf } from '../../../src/trace/chrome-trace.ts';
import { criticalPathOf } from '../../../src/trace/critical-path.ts';
import type { RunEvent } from '../../../src/run/events.ts';
import { RunRecord } from '../../../src/trace/run-record.ts';
import { pathLines } from '../../../src/view/path-lines.ts';

type Told = readonly [id: string, startMs: number, endMs: number, needs?: readonly string[]];

function record(told: readonly Told[], outcome: 'done' | 'failed' = 'done') {
  const run = new RunRecord();
  const planned = told.map(([id, , , needs = []]) => ({
    ...({ id, title: `T ${id}`, group: id.split(':')[0]!, action: 'do', reason: 'r', needs } as const),
  }));
  const skipped = { ...planned[0]!, id: 'cluster:old', action: 'skip' } as const;
  const at = '2026-01-02T03:04:05.678Z';
  const events: [number, RunEvent][] = [
    [500, { type: 'run-started', command: 'up', environment: 'e', at, steps: [...planned, skipped] }],
    ...told.flatMap(([id, startMs, endMs]): [number, RunEvent][] => [
      [startMs, { type: 'step-started', id, at }],
      [endMs, { type: 'step-done', id, durationMs: endMs - startMs }],
    ]),
  ];
  const lastMs = Math.max(500, ...told.map(([, , endMs]) => endMs));
  events.push([lastMs, { type: 'run-ended', outcome, durationMs: lastMs, urls: [], summary: [] }]);
  for (const [atMs, event] of events.toSorted(([a], [b]) => a - b)) run.take(event, atMs);
  return run.read(99_999);
}

const told: readonly Told[] = [
  ['artifact:go', 500, 60_500],
  ['image:web', 500, 4_500],
  ['cluster:c', 60_500, 90_500, ['artifact:go']],
  ['load:web', 93_500, 94_500, ['cluster:c', 'image:web']],
  ['release:web', 94_500, 100_500, ['load:web', 'cluster:old']],
];

describe('the critical path', () => {
  test('is the chain of steps that decided when the run ended, with what each waited', () => {
    const path = criticalPathOf(record(told)!);
    expect(path).toMatchObject({ wallMs: 100_500, beforeMs: 500, workMs: 101_000 });
    expect(path.parts.map(({ id, durationMs, waitedMs }) => [id, durationMs, waitedMs])).toEqual([
      ['artifact:go', 60_000, 0],
      ['cluster:c', 30_000, 0],
      ['load:web', 1_000, 3_000],
      ['release:web', 6_000, 0],
    ]);
  });

  test('its parts and what came before add up to the time of the run', () => {
    const { wallMs, beforeMs, parts } = criticalPathOf(record(told)!);
    expect(parts.reduce((sum, part) => sum + part.durationMs + part.waitedMs, beforeMs)).toBe(wallMs);
  });

  test.each([
    ['an artifact', told, /^60 % went to 'T artifact:go'.*--images registry/],
    ['a release', [['release:web', 500, 9_500]], /^95 % .*slipway logs web/],
    [
      'waiting',
      [
        ['secret:a', 500, 1_000],
        ['secret:b', 9_000, 9_500, ['secret:a']],
      ],
      /waiting for room/,
    ],
    ['nothing that matters', [['release:web', 500, 900]], /^$/],
    ['nothing that can be helped', [['namespace:a', 500, 9_500]], /^$/],
  ] satisfies [string, readonly Told[], RegExp][])(
    'advises on the largest share: %s',
    (_what, steps, advice) => {
      expect(criticalPathOf(record(steps)!).advice).toMatch(advice);
    },
  );

  test('advises nothing on a removal', () => {
    const run = record([['release:web', 500, 9_500]])!;
    expect(criticalPathOf({ ...run, command: 'down' }).advice).toBe('');
  });

  test('is not there when nothing was done', () => {
    expect(record([])).toBeUndefined();
  });

  test('is told to people by its largest parts', () => {
    const lines = pathLines(criticalPathOf(record(told)!));
    expect(lines[0]).toBe(
      'critical path: looking at what is there 0.5s → T artifact:go 1m 00s → T cluster:c 30.0s → T load:web 1.0s, after waiting 3.0s → T release:web 6.0s',
    );
    expect(pathLines(criticalPathOf(record([['release:web', 500, 900]])!))).toEqual([]);
  });
});

describe('the trace', () => {
  const run = record(told)!;
  const trace = chromeTraceOf(run, criticalPathOf(run));
  const spans = trace.traceEvents.filter(({ ph }) => ph === 'X');

  test('has each step once below the path, with its times in microseconds', () => {
    const below = spans.filter(({ tid }) => tid > 0);
    expect(below.map(({ name, ts, dur }) => [name, ts, dur]).toSorted()).toEqual(
      told.map(([id, startMs, endMs]) => [`T ${id}`, startMs * 1000, (endMs - startMs) * 1000]).toSorted(),
    );
  });

  test('never lays two steps over each other in a row', () => {
    for (const row of Map.groupBy(spans, ({ tid }) => tid).values()) {
      row.reduce((endTs, { ts, dur = 0 }) => {
        expect(ts).toBeGreaterThanOrEqual(endTs);
        return ts + dur;
      }, 0);
    }
  });

  test('names its rows and tells what run it is of', () => {
    expect(trace.traceEvents.filter(({ ph }) => ph === 'M').map(({ args }) => args?.['name'])).toEqual([
      ...['critical path', 'steps 1', 'steps 2'],
    ]);
    expect(trace.otherData).toMatchObject({ command: 'up', environment: 'e', outcome: 'done' });
  });
});
