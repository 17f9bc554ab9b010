import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { WatchTerminal } from '../../../src/view/watch-terminal.ts';
import { MemoryStream } from '../../support/memory-stream.ts';
import { changed, served, serviceFailed, serviceStarted, watchStarted } from './run-events.ts';

let stream: MemoryStream;
let terminal: WatchTerminal;

beforeEach(() => {
  vi.useFakeTimers();
  stream = new MemoryStream({ isTTY: true, columns: 120 });
  terminal = new WatchTerminal({
    ...{ stream: stream as unknown as NodeJS.WriteStream, colors: false },
    ...{ now: () => Date.now(), timeOfDay: () => '14:03:21' },
  });
});
afterEach(() => vi.useRealTimers());

/** The lines that were never erased: a terminal shows no others in the end. */
function screen(): string[] {
  const lines: string[] = [];
  for (const part of stream.text.split(/(\u001b\[[0-9?;]*[A-Za-z]|\n)/)) {
    if (part === '\n') lines.push('');
    else if (part === '\u001b[1A') lines.pop();
    else if (part === '\u001b[2K') lines[lines.length - 1] = '';
    else if (!part.startsWith('\u001b')) lines.push((lines.pop() ?? '') + part);
  }
  return lines;
}

describe('WatchTerminal', () => {
  test('lines scroll, the board stays below them', () => {
    terminal.show(watchStarted('alpha', 'beta'));
    terminal.show(changed('alpha', 'src/a.ts'));
    terminal.show(serviceStarted('alpha'));
    vi.advanceTimersByTime(1_000);
    expect(screen()).toEqual([
      '14:03:21  watch  following the sources of 2 services by file events, everything again every 15.0s; Ctrl+C ends',
      '14:03:21  alpha  changed: src/a.ts',
      expect.stringMatching(/^ {2}\S alpha {6}1\.0s {2}planning {2}← src\/a\.ts$/),
      '  · 1 more up: beta',
      '',
    ]);
    terminal.show(served('alpha'));
    vi.advanceTimersByTime(1_000);
    expect(screen().slice(2, 4)).toEqual([
      '14:03:21  alpha  serves image a sha-1 → sha-2, 2.1s after the change (build 0.9s, deploy 1.0s)',
      expect.stringContaining('✔ alpha'),
    ]);
  });

  test('the details of a failure stay on the screen, the board goes in the end', () => {
    terminal.show(watchStarted('alpha'));
    vi.advanceTimersByTime(1_000);
    terminal.show(serviceFailed('alpha', 'revision 3'));
    terminal.close();
    expect(screen().slice(1)).toEqual([
      '14:03:21  alpha  FAILED image a sha-1 → sha-2, 2.1s after the change (build 0.9s, deploy 1.0s); back to revision 3',
      '✖ it broke',
      '  │ line 1',
      '',
    ]);
  });

  test('log lines bear the name of their service, without control characters of their own', () => {
    terminal.show(watchStarted('alpha'));
    terminal.show({
      ...{ type: 'service-log', service: 'alpha', pod: 'alpha-1', container: 'main' },
      line: '\u001b[31mhello\u001b[2J there\r',
    });
    terminal.close();
    expect(screen()[1]).toBe('14:03:21  alpha │ hello there');
  });

  test('a flood of lines is cut, and it is said how many are missing', () => {
    const log = { type: 'service-log', service: 'alpha', pod: 'alpha-1', container: 'main' } as const;
    for (let line = 1; line <= 2_500; line++) terminal.show({ ...log, line: `line ${line}` });
    terminal.close();
    expect(screen().at(-2)).toBe('  … 500 lines more than could be shown');
    expect(screen().length).toBe(2_002);
  });

  test('can be closed before anything was shown', () => {
    terminal.close();
    expect(screen().join('')).toBe('');
  });
});
