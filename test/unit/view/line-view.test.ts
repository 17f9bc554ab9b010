import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { LineView } from '../../../src/view/line-view.ts';
import { MemoryStream } from '../../support/memory-stream.ts';
import { failed, runEnded, runStarted, started, step } from './run-events.ts';

let stream: MemoryStream;
let view: LineView;

beforeEach(() => {
  vi.useFakeTimers();
  stream = new MemoryStream();
  view = new LineView({ stream });
});
afterEach(async () => {
  await view.close();
  vi.useRealTimers();
});

describe('LineView', () => {
  test('shows what is planned, and each step with its reason, its end and its seconds', () => {
    view.show(runStarted(step('image:a'), step('image:b', 'skip')));
    view.show(started('image:a'));
    vi.advanceTimersByTime(12_300);
    view.show({ type: 'step-done', id: 'image:a', durationMs: 12_300, note: '180 MB' });
    expect(stream.lines).toEqual([
      '    0.0s  up  environment todo: 1 to do, 1 already right',
      '    0.0s  image:a  started: image a (not in the engine)',
      '   12.3s  image:a  done in 12.3s: 180 MB',
    ]);
  });

  test('shows progress at most every two seconds, and then the last of it', () => {
    view.show(started('image:a'));
    for (let done = 1; done <= 30; done += 1) {
      vi.advanceTimersByTime(100);
      view.show({ type: 'step-progress', id: 'image:a', text: 'compiling', done });
    }
    vi.advanceTimersByTime(3_000);
    expect(stream.lines.slice(1)).toEqual([
      '    2.0s  image:a  19  compiling',
      '    4.0s  image:a  30  compiling',
    ]);
  });

  test('shows every 15 seconds that a silent step is alive', () => {
    view.show(started('image:a'));
    vi.advanceTimersByTime(31_000);
    expect(stream.lines.slice(1)).toEqual([
      '   15.0s  image:a  running for 15.0s',
      '   30.0s  image:a  running for 30.0s',
    ]);
  });

  test('says nothing of a step that has ended', () => {
    view.show(started('image:a'));
    view.show({ type: 'step-cancelled', id: 'image:a', reason: 'interrupted' });
    vi.advanceTimersByTime(60_000);
    expect(stream.lines.at(-1)).toBe('    0.0s  image:a  not done: interrupted');
  });

  test('shows a failure with its details and its hint', () => {
    view.show(failed('image:a', 'a broke:\nat step 4'));
    expect(stream.lines).toEqual([
      '    0.0s  image:a  FAILED after 0.9s: a broke:',
      '  at step 4',
      '  │ line 1',
      '  │ line 2',
      '  Look at it',
    ]);
  });

  test('shows the states of a release, warnings, and the URLs in a column', () => {
    view.show({ type: 'release-state', release: 'postgres', from: 'Installing', to: 'Pending' });
    view.show({ type: 'note', level: 'warn', text: 'port 80 is taken' });
    view.show(runEnded('done'));
    expect(stream.lines).toEqual([
      '    0.0s  postgres  Installing → Pending',
      '    0.0s  warning  port 80 is taken',
      'Done in 1m 02s',
      '  3 images built',
      '  todo       http://todo.local:8080/',
      '  dashboard  http://127.0.0.1:9000/',
    ]);
  });

  test('passes no colour code of a program on', () => {
    view.show(started('image:a'));
    vi.advanceTimersByTime(5_000);
    view.show({ type: 'step-progress', id: 'image:a', text: '\u001b[31mred\u001b[0m' });
    expect(stream.text).toContain('  image:a  red\n');
    expect(stream.text).not.toContain('\u001b');
  });
});
