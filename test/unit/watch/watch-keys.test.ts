import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LogChoice } from '../../../src/logs/log-choice.ts';
import { WatchKeys } from '../../../src/watch/watch-keys.ts';

/** A terminal that keys come from. */
class Terminal extends PassThrough {
  isRaw = false;

  setRawMode(isRaw: boolean): this {
    this.isRaw = isRaw;
    return this;
  }
}

let services: readonly string[];
const urls = ['page', 'API'].map((name) => ({ name, url: `http://${name}.local/` }));
let terminal: Terminal;
let keys: WatchKeys;
let done: string[];
let told: { selected: string; text: string }[];

beforeEach(() => {
  services = ['backend', 'frontend', 'redis'];
  terminal = new Terminal();
  done = [];
  told = [];
  keys = new WatchKeys({
    input: terminal as unknown as NodeJS.ReadStream,
    ...{ services: () => services, urls, logs: new LogChoice('all', { services, beside: [] }) },
    act: (service, work) => void done.push(`${work} ${service}`),
    open: ({ url }) => void done.push(`open ${url}`),
    quit: () => void done.push('quit'),
    emit: ({ selected, keys: shown }) =>
      void told.push({ selected, text: shown.map(({ key, does }) => `${key} ${does}`).join(', ') }),
  });
});
afterEach(() => keys[Symbol.dispose]());

const [up, down] = ['\u001b[A', '\u001b[B'];
function press(...sequences: string[]): void {
  for (const sequence of sequences) terminal.emit('data', Buffer.from(sequence));
}

describe('WatchKeys', () => {
  test('says what the keys do, to which service', () => {
    expect(told).toEqual([
      {
        selected: 'backend',
        text: '↑↓ select, b build backend, r restart backend, l logs: all, 1 open page, 2 open API, q quit',
      },
    ]);
  });

  test('builds and restarts the selected service', () => {
    press('b', down, 'r', up, up, 'b');
    expect(done).toEqual(['rebuild backend', 'restart frontend', 'rebuild redis']);
    expect(told.at(-1)?.selected).toBe('redis');
  });

  test('selects what the config has by now, and keeps what is selected', () => {
    press(down);
    services = ['added', 'backend', 'frontend'];
    press('r', down, 'r');
    services = ['backend'];
    press('r', up, 'r');
    expect(done.map((text) => text.replace('restart ', ''))).toEqual([
      'frontend',
      'added',
      'backend',
      'backend',
    ]);
  });

  test('opens URLs by number, and nothing for a number that has none', () => {
    press('2', 'o', '3', '0');
    expect(done).toEqual(['open http://API.local/', 'open http://page.local/']);
  });

  test('goes through whose logs are shown', () => {
    press(down, 'l', 'l', 'l');
    expect(told.slice(-3).map(({ text }) => /logs: (\w+)/.exec(text)?.[1])).toEqual([
      'frontend',
      'none',
      'all',
    ]);
  });

  test('q and Ctrl+C quit', () => {
    press('q', '\u0003');
    expect(done).toEqual(['quit', 'quit']);
  });

  test('gives the terminal back', () => {
    expect(terminal.isRaw).toBe(true);
    keys[Symbol.dispose]();
    press('b');
    expect(done).toEqual([]);
    expect(terminal.isRaw).toBe(false);
    expect(terminal.isPaused()).toBe(true);
  });
});
