import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { TerminalView } from '../../../src/view/terminal-view.ts';
import { MemoryStream } from '../../support/memory-stream.ts';
import { changed, failed, runEnded, runStarted, started, step, watchStarted } from './run-events.ts';

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';

let stream: MemoryStream;
let view: TerminalView;

beforeEach(() => {
  stream = new MemoryStream({ isTTY: true });
  view = new TerminalView({ stream: stream as unknown as NodeJS.WriteStream, colors: false });
});
afterEach(() => view.close());

/** What remains on the screen: everything after the display was erased for the last time. */
async function finalLines(): Promise<string[]> {
  await view.close();
  const marker = stream.text.lastIndexOf('\u001b[G');
  const rest = new MemoryStream();
  rest.write(stream.text.slice(marker + 3));
  return rest.lines.filter((line) => line !== '');
}

describe('TerminalView', () => {
  test('ends with one line for each step done, and one for all that were right', async () => {
    view.show(runStarted(step('image:a'), step('image:b', 'skip'), step('image:c', 'skip')));
    view.show(started('image:a'));
    view.show({ type: 'step-progress', id: 'image:a', text: 'RUN npm ci', done: 3, total: 7 });
    await vi.waitFor(() => expect(stream.text).toContain('3/7  42 %  RUN npm ci'));
    view.show({ type: 'step-done', id: 'image:a', durationMs: 3_100, note: '180 MB' });
    view.show(runEnded('done'));
    expect(await finalLines()).toEqual([
      '↓ 2 of 3 already right',
      '✔ image a  3.1s  180 MB',
      'Done in 1m 02s',
      '  3 images built',
      '  todo       http://todo.local:8080/',
      '  dashboard  http://127.0.0.1:9000/',
    ]);
  });

  test('counts the steps that wait instead of showing them', async () => {
    view.show(runStarted(step('image:a'), step('release:b'), step('release:c')));
    view.show(started('image:a'));
    await vi.waitFor(() => expect(stream.text).toContain('2 more steps'));
    expect(stream.text).not.toContain('release b');
  });

  test('shows the state of a release beside its step', async () => {
    view.show(runStarted(step('release:b')));
    view.show(started('release:b'));
    view.show({ type: 'release-state', release: 'b', from: 'Installing', to: 'Pending' });
    await vi.waitFor(() => expect(stream.text).toContain('release b  0s  Pending'));
  });

  test('shows which step failed, which was stopped, and nothing of those that never started', async () => {
    view.show(runStarted(step('image:a'), step('image:b'), step('release:c')));
    view.show(started('image:a'));
    view.show(started('image:b'));
    view.show(failed('image:a', 'a broke'));
    view.show({ type: 'step-cancelled', id: 'image:b', reason: 'held because image:a failed' });
    view.show({ type: 'step-cancelled', id: 'release:c', reason: 'held because image:a failed' });
    view.show(runEnded('failed'));
    expect((await finalLines()).slice(0, 7)).toEqual([
      '✖ image a  0.9s  failed',
      '⊘ image b  held because image:a failed',
      '✖ a broke',
      '  │ line 1',
      '  │ line 2',
      '  Look at it',
      'Failed after 1m 02s',
    ]);
  });

  test('gives the cursor back when it is closed in the middle of a run', async () => {
    view.show(runStarted(step('image:a')));
    view.show(started('image:a'));
    await vi.waitFor(() => expect(stream.text).toContain(HIDE_CURSOR));
    await view.close();
    expect(stream.text.lastIndexOf(SHOW_CURSOR)).toBeGreaterThan(stream.text.lastIndexOf(HIDE_CURSOR));
    expect(stream.text).toContain('⊘ image a');
  });

  test('adds no listener for signals: they are the business of the runner', async () => {
    const before = process.listenerCount('SIGINT');
    view.show(runStarted(step('image:a')));
    view.show(started('image:a'));
    await vi.waitFor(() => expect(stream.text).toContain('image a'));
    expect(process.listenerCount('SIGINT')).toBe(before);
  });

  test('prints a note before the run at once and one during the run below the steps', async () => {
    view.show({ type: 'note', level: 'info', text: 'before' });
    expect(stream.lines).toEqual(['· before']);
    view.show(runStarted(step('image:a')));
    view.show({ type: 'note', level: 'warn', text: 'port 80 is taken' });
    expect(await finalLines()).toEqual(['! port 80 is taken']);
  });

  test('goes over to the board when watching begins, below what is left of up', async () => {
    view.show(runStarted(step('image:a')));
    view.show(started('image:a'));
    view.show({ type: 'step-done', id: 'image:a', durationMs: 3_100 });
    view.show(runEnded('done'));
    view.show(watchStarted('alpha', 'beta'));
    view.show(changed('alpha', 'src/a.ts'));
    await vi.waitFor(() => expect(stream.text).toContain('2 up: alpha, beta'));
    await view.close();
    const shown = stream.lines.join('\n');
    expect(shown.indexOf('image a  3.1s')).toBeLessThan(shown.indexOf('Done in 1m 02s'));
    expect(shown.indexOf('Done in 1m 02s')).toBeLessThan(shown.indexOf('watch  following the sources'));
    expect(shown).toContain('alpha  changed: src/a.ts');
    // The board is gone, what happened stays.
    expect(stream.text.lastIndexOf('\u001b[2K')).toBeGreaterThan(stream.text.lastIndexOf('2 up: alpha'));
  });

  test('shows a run that follows the watching as any other', async () => {
    view.show(runStarted(step('image:a')));
    view.show(runEnded('done'));
    view.show(watchStarted('alpha'));
    view.show(changed('alpha', 'src/a.ts'));
    view.show(runStarted(step('cluster:c')));
    view.show(started('cluster:c'));
    view.show({ type: 'step-done', id: 'cluster:c', durationMs: 3_100 });
    view.show(runEnded('done'));
    expect(await finalLines()).toEqual(expect.arrayContaining(['✔ cluster c  3.1s']));
    expect(stream.text).toContain('changed: src/a.ts');
  });

  test('can be closed before anything was shown, and twice', async () => {
    await view.close();
    await view.close();
    expect(stream.text).toBe('');
  });
});
