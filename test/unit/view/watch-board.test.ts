import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../../../src/run/events.ts';
import { boardLines, type BoardLook } from '../../../src/view/watch-board-lines.ts';
import { emptyBoard, takeEvent } from '../../../src/view/watch-board.ts';
import { changed, served, serviceFailed, serviceStarted, watchStarted } from './run-events.ts';

/** Plays events one second apart, and looks one second after the last. */
function play(events: readonly RunEvent[], look: Partial<BoardLook> = {}): string[] {
  const board = events.reduce((sofar, event, index) => takeEvent(sofar, event, index * 1000), emptyBoard);
  return boardLines(board, { nowMs: events.length * 1000, columns: 120, height: 20, colors: false, ...look });
}

describe('the board of a watch', () => {
  test('shows what nobody has touched in one line', () => {
    expect(play([watchStarted('alpha', 'beta', 'gamma')])).toEqual(['  · 3 up: alpha, beta, gamma']);
  });

  test('shows what is being done and waited for, since when, and what had changed', () => {
    const events: RunEvent[] = [
      watchStarted('alpha', 'beta'),
      changed('beta', 'src/main.ts', 'src/b.ts'),
      serviceStarted('beta'),
      { type: 'service-progress', service: 'beta', step: 'release:beta', text: 'waiting for 1 of 2 pods' },
    ];
    expect(play(events)).toEqual([
      expect.stringMatching(
        /^ {2}\S beta {6}2\.0s {2}release: waiting for 1 of 2 pods {2}← src\/main\.ts, src\/b\.ts$/,
      ),
      '  · 1 more up: alpha',
    ]);
  });

  test('shows what came of it, and how long that took', () => {
    const events = [
      watchStarted('alpha', 'beta', 'gamma'),
      changed('alpha', 'a.ts'),
      serviceStarted('alpha'),
      served('alpha'),
      serviceStarted('beta'),
      serviceFailed('beta', 'revision 3, sha-1'),
    ];
    expect(play(events)).toEqual([
      '  ✔ alpha    3s ago  serves image a sha-1 → sha-2, 2.1s after the change (build 0.9s, deploy 1.0s)  ← a.ts',
      '  ✖ beta     1s ago  FAILED: it broke; back to revision 3, sha-1',
      '  · 1 more up: gamma',
    ]);
  });

  test('does not call up what did not come up', () => {
    expect(play([{ ...watchStarted('alpha', 'beta'), failed: ['beta'] } as RunEvent])).toEqual([
      '  ✖ beta    1s ago  FAILED: did not come up',
      '  · 1 more up: alpha',
    ]);
  });

  test('has a row for a service of the config, from when it comes to when it goes', () => {
    const of = (type: 'service-added' | 'service-dropped', service: string): RunEvent => ({
      type,
      service,
      at: '',
    });
    const come = [watchStarted('alpha'), of('service-added', 'beta')];
    expect(play(come)).toEqual(['  · 2 up: alpha, beta']);
    expect(play([...come, of('service-dropped', 'alpha')])).toEqual(['  · 1 up: beta']);
  });

  test('does not go on calling up what has got into trouble', () => {
    const health = { type: 'service-health', service: 'beta', at: '', ready: 0, total: 1 } as const;
    const sick: RunEvent = { ...health, trouble: 'beta-1 is in CrashLoopBackOff' };
    expect(play([watchStarted('alpha', 'beta'), sick])).toEqual([
      '  ! beta    1s ago  0 of 1 pods ready: beta-1 is in CrashLoopBackOff',
      '  · 1 more up: alpha',
    ]);
    expect(play([watchStarted('alpha', 'beta'), sick, { ...health, ready: 1 }])).toEqual([
      '  · 2 up: alpha, beta',
    ]);
  });

  test('says why something waits', () => {
    const held: RunEvent = {
      type: 'service-held',
      service: 'alpha',
      reason: 'needs beta, which has not come up',
    };
    expect(play([watchStarted('alpha'), held])).toEqual([
      '  ◷ alpha    1s ago  waits: needs beta, which has not come up',
    ]);
  });

  test('a run that something newer has made useless is over', () => {
    const events: RunEvent[] = [
      watchStarted('alpha'),
      serviceStarted('alpha'),
      { ...served('alpha'), outcome: 'superseded' },
    ];
    expect(play(events)).toEqual(['  · 1 up: alpha']);
  });

  test('a change back to what serves ends a failure', () => {
    const events = [
      watchStarted('alpha'),
      serviceStarted('alpha'),
      serviceFailed('alpha'),
      { ...changed('alpha', 'a.ts'), isServed: true },
    ];
    expect(play(events)).toEqual(['  ✔ alpha    1s ago  serves what served before  ← a.ts']);
  });

  test('tells whether forwards work, and what keys do to which service', () => {
    const forward = {
      ...({ type: 'forward-state', at: '', name: 'db' } as const),
      ...{ address: '127.0.0.1:15432', target: 'postgres:5432' },
    };
    const events: RunEvent[] = [
      watchStarted('alpha', 'beta'),
      { ...forward, state: 'ready', pod: 'postgres-0' },
      { ...forward, name: 'mail', state: 'waiting', reason: 'no pod is ready' },
      { type: 'watch-controls', selected: 'beta', keys: [{ key: 'r', does: 'rebuild beta' }] },
    ];
    expect(play(events)).toEqual([
      '› · beta            up',
      '  · 1 more up: alpha',
      '  ⇄ db  127.0.0.1:15432 → postgres:5432 leads to postgres-0',
      '  ⇄ mail  127.0.0.1:15432 → postgres:5432 waits: no pod is ready',
      'r rebuild beta',
    ]);
  });

  test('fits the terminal: what is at work or wrong comes before what is well', () => {
    const names = Array.from({ length: 12 }, (_, index) => `s${index}`);
    const events = [
      watchStarted(...names),
      ...names.map((name) => served(name)),
      serviceStarted('s3'),
      serviceFailed('s7'),
    ];
    const lines = play(events, { height: 4, columns: 40 });
    expect(lines).toHaveLength(4);
    expect(lines.join('\n')).toMatch(/s3 .*planning[^]*s7 .*FAILED[^]*9 more up/);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(40);
    const selected: RunEvent = { type: 'watch-controls', selected: 's11', keys: [] };
    expect(play([...events, selected], { height: 3 }).join('\n')).toMatch(/s3 .*planning[^]*› . s11 /);
  });
});
