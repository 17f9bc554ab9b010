// The part of the terminal view that follows `up` while watching: a line for each thing that happened, and below
// them a board of what every service is at.

import { createLogUpdate } from 'log-update';
import picocolors from 'picocolors';
import type { RunEvent } from '../run/events.ts';
import { logPainter } from './log-line.ts';
import { printable } from './printable.ts';
import { boardLines } from './watch-board-lines.ts';
import { emptyBoard, takeEvent, type Board } from './watch-board.ts';
import { watchLine } from './watch-lines.ts';

export interface WatchTerminalOptions {
  readonly stream: NodeJS.WriteStream;
  readonly colors: boolean;
  readonly now: () => number;
  /** Time of day, for the beginning of a line: '14:03:21'. */
  readonly timeOfDay?: () => string;
}

/** Also what a burst of log lines is gathered for, so that the board is not drawn for each. */
const REDRAW_EVERY_MS = 100;
/** Lines that scroll have to stay in sight beside the board. */
const KEPT_FOR_LINES = 5;
/** More than fits into any scrollback is not worth the time of the terminal. */
const MOST_LINES = 2_000;
export class WatchTerminal {
  readonly #options: WatchTerminalOptions;
  readonly #update: ReturnType<typeof createLogUpdate>;
  readonly #timer: NodeJS.Timeout;
  readonly #paintLog: ReturnType<typeof logPainter>;
  #board: Board = emptyBoard;
  #lines: string[] = [];
  #left = 0;

  constructor(options: WatchTerminalOptions) {
    this.#options = options;
    this.#paintLog = logPainter(options.colors);
    // A hidden cursor would have to be brought back however the process ends.
    this.#update = createLogUpdate(options.stream, { showCursor: true });
    this.#timer = setInterval(() => this.#draw(), REDRAW_EVERY_MS);
    this.#timer.unref();
  }

  show(event: RunEvent): void {
    const { colors, now } = this.#options;
    const paint = picocolors.createColors(colors);
    this.#board = takeEvent(this.#board, event, now());
    if (event.type === 'service-log') {
      return this.#print(this.#paintLog(event.service, event.line));
    }
    if (event.type === 'note') {
      const mark = event.level === 'warn' ? paint.yellow('!') : paint.dim('·');
      for (const line of event.text.split('\n')) this.#print(`${mark} ${line}`);
      return;
    }
    const line = watchLine(event, colors);
    if (!line) return;
    this.#print(`${paint.bold(line.subject)}  ${line.text}`);
    for (const text of line.below) this.#keep(text);
  }

  /** What happened stays on the screen, the board goes. */
  close(): void {
    clearInterval(this.#timer);
    this.#flush();
    this.#update.clear();
    this.#update.done();
  }

  #print(text: string): void {
    const { colors, timeOfDay = () => new Date().toTimeString().slice(0, 8) } = this.#options;
    this.#keep(`${picocolors.createColors(colors).dim(timeOfDay())}  ${text}`);
  }

  #keep(text: string): void {
    const line = printable(text, this.#options);
    if (this.#lines.length < MOST_LINES) this.#lines.push(line);
    else this.#left += 1;
  }

  #flush(): void {
    if (this.#left > 0) this.#lines.push(`  … ${this.#left} lines more than could be shown`);
    if (this.#lines.length > 0) this.#update.persist(this.#lines.join('\n'));
    this.#lines = [];
    this.#left = 0;
  }

  #draw(): void {
    const { stream, colors, now } = this.#options;
    const { columns = 80, rows = 24 } = stream;
    this.#flush();
    const height = Math.max(1, rows - KEPT_FOR_LINES);
    this.#update(boardLines(this.#board, { nowMs: now(), columns, height, colors }).join('\n'));
  }
}
