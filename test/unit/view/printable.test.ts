import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../../../src/run/events.ts';
import { Failure } from '../../../src/failure.ts';
import { JsonView } from '../../../src/view/json-view.ts';
import { LineView } from '../../../src/view/line-view.ts';
import { logPainter } from '../../../src/view/log-line.ts';
import { printFailure } from '../../../src/view/print-failure.ts';
import { printable, printableJson } from '../../../src/view/printable.ts';
import { formatTable } from '../../../src/view/table.ts';
import { TerminalView } from '../../../src/view/terminal-view.ts';
import type { View } from '../../../src/view/view.ts';
import { WatchTerminal } from '../../../src/view/watch-terminal.ts';
import { caseCount } from '../../support/case-count.ts';
import { MemoryStream } from '../../support/memory-stream.ts';
import { runEnded, runStarted, step } from './run-events.ts';

/** What a terminal would act on; each holds a word that would be seen. */
const ATTACKS = {
  'sets the title': '\u001b]0;EVIL\u0007',
  'sets the title, ended otherwise': '\u001b]2;EVIL\u001b\\',
  'writes the clipboard': '\u001b]52;c;RVZJTA==\u0007',
  'is a link': '\u001b]8;;http://EVIL\u001b\\',
  'clears the screen': '\u001b[2J\u001b[3J\u001b[H',
  'moves the cursor up': '\u001b[1A\u001b[2K',
  'takes the other screen': '\u001b[?1049h',
  'asks what the terminal is': '\u001b[c\u001b[6n\u001bZ',
  'resets the terminal': '\u001bc',
  'changes the character set': '\u001b(0\u000e',
  'hides the cursor': '\u001b[?25l',
  'is a device control string': '\u001bP$qEVIL\u001b\\',
  'is an application command': '\u001b_GEVIL\u001b\\',
  'has the one-character forms': '\u009b2J\u009d0;EVIL\u009c\u0090EVIL\u009c',
  'goes back over what was said': 'x\b\b\b',
  'begins the line anew': 'x\r',
  'turns the direction of writing': '\u202e\u2066',
  'has marks that show nothing': '\u200b\u2060\ufeff\u{e0041}',
  'rings and feeds': '\u0007\u000c\u000b\u0000\u007f',
  'separates lines otherwise': '\u2028\u2029\u0085',
  'has no end': '\u001b]52;c;RVZJTA==',
  'has no end either': '\u001b[12;é',
};
// eslint-disable-next-line no-control-regex
const ACTS =
  /[\u0000-\u0008\u000b-\u001a\u001c-\u001f\u007f-\u009f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]|\u001b(?!\[[\d;]*m)|\u{e0041}/u;
const attacks = Object.entries(ATTACKS);

describe.each(attacks)('text that %s', (_title, attack) => {
  const text = `before ${attack}after`;

  test('is printed without it, and all else is there', () => {
    const shown = printable(text);
    expect(shown).toMatch(/^before .*after$/);
    expect(shown).not.toMatch(ACTS);
    expect(shown).not.toContain('\u001b');
    expect(printable(text, { colors: true })).not.toMatch(ACTS);
  });

  const failure = { message: text, hint: text, details: [text, `  ${text}`] };
  const events: RunEvent[] = [
    runStarted({ ...step('image:a'), title: text, reason: text }),
    { type: 'step-started', id: 'image:a', at: text },
    { type: 'step-progress', id: 'image:a', text },
    { type: 'note', level: 'warn', text },
    { type: 'step-failed', id: 'image:a', durationMs: 1, code: 'release', ...failure },
    { ...runEnded('failed'), summary: [text], urls: [{ name: text, url: text }] } as RunEvent,
  ];
  const watching: RunEvent[] = [
    { type: 'service-log', service: text, line: text } as unknown as RunEvent,
    { type: 'note', level: 'info', text },
    { type: 'service-held', service: 'a', reason: text } as unknown as RunEvent,
  ];

  async function shownBy(view: View, all: readonly RunEvent[]): Promise<void> {
    for (const event of all) view.show(event);
    await view.close();
  }

  test('reaches no reader of lines', async () => {
    const stream = new MemoryStream();
    await shownBy(new LineView({ stream }), [...events, ...watching]);
    expect(stream.text).toContain('after');
    expect(stream.text).not.toMatch(ACTS);
  });

  test('stays what it is in JSON, as escapes', async () => {
    const stream = new MemoryStream();
    await shownBy(new JsonView({ stream }), events);
    expect(stream.text).not.toMatch(ACTS);
    expect(stream.text).not.toContain('\u001b');
    const lines = stream.text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as RunEvent);
    expect(lines).toEqual(JSON.parse(JSON.stringify(events)));
  });

  test('reaches no terminal: only what our own views move the cursor by', async () => {
    const plain = async (words: string): Promise<string> => {
      const stream = new MemoryStream({ isTTY: true, columns: 200 });
      const options = { stream: stream as unknown as NodeJS.WriteStream, colors: true, now: () => 0 };
      const replaced = JSON.parse(
        JSON.stringify(events).replaceAll(
          JSON.stringify(text).slice(1, -1),
          JSON.stringify(words).slice(1, -1),
        ),
      ) as RunEvent[];
      await shownBy(new TerminalView(options), replaced);
      return stream.text;
    };
    expect(await plain(text)).toBe(await plain(printable(text)));
  });

  test('reaches no terminal while watching', () => {
    const stream = new MemoryStream({ isTTY: true, columns: 200 });
    const terminal = new WatchTerminal({
      ...{ stream: stream as unknown as NodeJS.WriteStream, colors: true, now: () => 0 },
      timeOfDay: () => '12:00:00',
    });
    for (const event of watching) terminal.show(event);
    terminal.close();
    const lines = stream.text.split('\n').filter((line) => line.includes('before'));
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) expect(line.replaceAll(/\u001b\[(\d*[AGK]|\?2026[hl])/g, '')).not.toMatch(ACTS);
  });

  test.each([
    ['a Failure', new Failure('release', text, { hint: text, details: [text] })],
    ['a bug', Object.assign(new Error(text), { path: text, [text]: text })],
    ['what is no error', { [text]: text }],
    ['a text', text],
  ])('is in no failure: %s', (_what, error) => {
    for (const colors of [false, true]) {
      const stream = new MemoryStream();
      printFailure(error, stream, { colors });
      expect(stream.text).not.toMatch(ACTS);
    }
  });

  test('is in no table and no log', () => {
    expect(formatTable({ head: ['NAME'], rows: [[text]] })).not.toMatch(ACTS);
    expect(logPainter(true)('pod', text)).not.toMatch(ACTS);
  });
});

describe('what may stay', () => {
  test('indentation, tabs, blank lines, emoji and writing of any language', () => {
    const text = '  a:\n\t- b  \n\n日本語 שלום 👩‍👩‍👧 é';
    expect(printable(`${text}\u0007`)).toBe(text);
    expect(logPainter(false)('pod', '    at main (app.js:3)  ')).toBe('pod │     at main (app.js:3)  ');
  });

  test('colours in a log where colours are shown; they end with the line', () => {
    const line = '\u001b[31mred\u001b[0m \u001b[1;38:5:12mbold';
    expect(printable(line, { colors: true })).toBe(`${line}\u001b[0m`);
    expect(printable(line)).toBe('red bold');
    expect(printable('\u009b31mred\nplain', { colors: true })).toBe('\u001b[31mred\u001b[0m\nplain');
  });

  test('the last of several lines that were to be written over each other, and the others', () => {
    expect(printable('10 %\r20 %\r\nnext')).toBe('10 % 20 %\nnext');
  });

  test('a log line keeps its indentation where lines are read', () => {
    const stream = new MemoryStream();
    const view = new LineView({ stream });
    view.show({ type: 'service-log', service: 'web', line: '    at main' } as unknown as RunEvent);
    expect(stream.text).toContain('web  │     at main');
    void view.close();
  });
});

test('whatever it is: nothing acts, and cleaned once is clean', () => {
  const nasty = fc.constantFrom(
    ...Object.values(ATTACKS),
    '\u001b',
    '[',
    ']',
    '\u0007',
    '\u001b\\',
    ';',
    '\n',
    'm',
    'x',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(nasty, fc.string({ unit: 'binary' }))), fc.boolean(), (parts, colors) => {
      const shown = printable(parts.join(''), { colors });
      expect(shown).not.toMatch(ACTS);
      expect(printable(shown, { colors })).toBe(shown);
      const json = JSON.stringify(parts);
      expect(printableJson(json)).not.toMatch(ACTS);
      expect(JSON.parse(printableJson(json))).toEqual(parts);
    }),
    { numRuns: caseCount() },
  );
});
