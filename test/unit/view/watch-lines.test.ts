import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../../../src/run/events.ts';
import { watchLine } from '../../../src/view/watch-lines.ts';
import { changed, served, serviceFailed, serviceStarted, started, watchStarted } from './run-events.ts';

const lineOf = (event: RunEvent): string[] => {
  const line = watchLine(event);
  return line ? [`${line.subject}: ${line.text}`, ...line.below] : [];
};
const forward = {
  ...({ type: 'forward-state', at: '', name: 'db' } as const),
  ...{ address: '127.0.0.1:15432', target: 'postgres:5432' },
};

describe('watchLine', () => {
  test.each<[RunEvent, ...string[]]>([
    [
      watchStarted('a', 'b'),
      'watch: following the sources of 2 services by file events, everything again every 15.0s; Ctrl+C ends',
    ],
    [{ ...changed('a', 'x.ts', 'y.ts'), pathCount: 7 }, 'a: changed: x.ts, y.ts and 5 more'],
    [{ ...changed('a'), foundBy: 'sweep' }, 'a: changed (no event had told; found by looking)'],
    [{ ...changed('a', 'x.ts'), isServed: true }, 'a: changed: x.ts; that is what serves already'],
    [served('a'), 'a: serves image a sha-1 → sha-2, 2.1s after the change (build 0.9s, deploy 1.0s)'],
    [
      serviceFailed('a'),
      'a: FAILED image a sha-1 → sha-2, 2.1s after the change (build 0.9s, deploy 1.0s); the version before keeps serving where it can',
      '✖ it broke',
      '  │ line 1',
    ],
    [{ type: 'service-held', service: 'a', reason: 'needs b' }, 'a: waits: needs b'],
    [{ type: 'service-log', service: 'a', pod: 'a-1', container: 'main', line: 'hello' }, 'a: │ hello'],
    [
      { ...forward, state: 'ready', pod: 'postgres-0' },
      'db: 127.0.0.1:15432 → postgres:5432 leads to postgres-0',
    ],
    [
      { ...forward, state: 'waiting', reason: 'no pod is ready' },
      'db: 127.0.0.1:15432 → postgres:5432 waits: no pod is ready',
    ],
    [
      { ...forward, state: 'failed', reason: 'connection refused' },
      'db: 127.0.0.1:15432 → postgres:5432 does not work: connection refused',
    ],
    [
      { type: 'service-health', service: 'a', at: '', ready: 1, total: 2, trouble: 'a-2 is not ready' },
      'a: 1 of 2 pods ready: a-2 is not ready',
    ],
    [{ type: 'service-health', service: 'a', at: '', ready: 2, total: 2 }, 'a: all pods are ready again (2)'],
  ])('%j', (event, ...lines) => {
    expect(lineOf(event)).toEqual(lines);
  });

  test.each([serviceStarted('a'), started('image:a'), { ...served('a'), outcome: 'superseded' } as const])(
    'is silent about what is of the moment, or no matter of watching: %j',
    (event) => {
      expect(lineOf(event)).toEqual([]);
    },
  );
});
