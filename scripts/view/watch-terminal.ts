// The part of the terminal view that follows `up` while watching: a line for each thing that happened, and below them
// one line that says what goes on right now.

import picocolors from 'picocolors';
import type { RunEvent } from '../engine/events.ts';
import { formatDuration } from './format-duration.ts';
import { oneLine } from './one-line.ts';
import { watchLine } from './watch-lines.ts';

interface Activity {
  readonly startedAt: number;
  text: string;
}

export interface WatchTerminalOptions {
  readonly stream: NodeJS.WriteStream;
  readonly colors: boolean;
  readonly now: () => number;
  /** Time of day, for the beginning of a line: '14:03:21'. */
  readonly timeOfDay?: () => string;
}

const REDRAW_EVERY_MS = 200;
const ERASE_LINE = '\r\u001b[2K';

export class WatchTerminal {
  readonly #options: WatchTerminalOptions;
  readonly #activities = new Map<string, Activity>();
  readonly #held = new Map<string, string>();
  readonly #timer: NodeJS.Timeout;
  #isStatusShown = false;

  constructor(options: WatchTerminalOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#draw(), REDRAW_EVERY_MS);
    this.#timer.unref();
  }

  show(event: RunEvent): void {
    const { colors, now } = this.#options;
    const paint = picocolors.createColors(colors);
    if (event.type === 'service-started') {
      this.#held.delete(event.service);
      this.#activities.set(event.service, { startedAt: now(), text: 'planning' });
    } else if (event.type === 'service-progress') {
      const activity = this.#activities.get(event.service);
      const step = event.step.replace(/:.*$/, '');
      if (activity) activity.text = [step, event.text].filter((part) => part !== '').join(': ');
    } else if (event.type === 'service-ended') this.#activities.delete(event.service);
    else if (event.type === 'service-held') this.#held.set(event.service, event.reason);
    if (event.type === 'note') {
      const mark = event.level === 'warn' ? paint.yellow('!') : paint.dim('·');
      for (const line of event.text.split('\n')) this.#print(`${mark} ${line}`);
    }
    const line = watchLine(event, colors);
    if (!line) return;
    this.#print(`${paint.bold(line.subject)}  ${line.text}`);
    for (const text of line.below) this.#write(`${text}\n`);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#erase();
  }

  #print(text: string): void {
    const { colors, timeOfDay = () => new Date().toTimeString().slice(0, 8) } = this.#options;
    this.#write(`${picocolors.createColors(colors).dim(timeOfDay())}  ${text}\n`);
  }

  #write(text: string): void {
    this.#erase();
    this.#options.stream.write(text);
  }

  #draw(): void {
    const { stream, colors, now } = this.#options;
    const parts = [...this.#activities].map(
      ([service, { startedAt, text }]) => `${service} ${formatDuration(now() - startedAt)} ${oneLine(text)}`,
    );
    for (const [service, reason] of this.#held) parts.push(`${service} waits: ${reason}`);
    if (parts.length === 0) return this.#erase();
    const line = parts.join('  |  ').slice(0, Math.max(20, stream.columns - 3));
    stream.write(`${ERASE_LINE}${picocolors.createColors(colors).dim(`… ${line}`)}`);
    this.#isStatusShown = true;
  }

  #erase(): void {
    if (this.#isStatusShown) this.#options.stream.write(ERASE_LINE);
    this.#isStatusShown = false;
  }
}
