// For logs (CI, a pipe): plain lines with the seconds since the start. A long step shows that it is alive.

import type { Writable } from 'node:stream';
import type { RunEvent } from '../run/events.ts';
import { closingLines } from './closing-lines.ts';
import { formatDuration } from './format-duration.ts';
import { formatProgress } from './format-progress.ts';
import { LineWriter } from './line-writer.ts';
import { oneLine, printable } from './printable.ts';
import { failureLines } from './print-failure.ts';
import type { View } from './view.ts';
import { watchLine } from './watch-lines.ts';

/** A line of a log keeps its indentation. */
const oneRow = (text: string): string => printable(text).replaceAll('\n', ' ').trimEnd();

/** A step says at most one line of progress in this time: a compiler reports thousands. */
const PROGRESS_EVERY_MS = 2_000;
/** Short enough for CI services that end a job without output. */
const HEARTBEAT_MS = 15_000;

interface RunningStep {
  readonly startedAt: number;
  shownAt: number;
  /** The last progress; `isShown` tells whether it was printed. */
  text: string;
  isShown: boolean;
}

export class LineView implements View {
  readonly #lines: LineWriter;
  readonly #now: () => number;
  readonly #startedAt: number;
  readonly #running = new Map<string, RunningStep>();
  readonly #heartbeat: NodeJS.Timeout;
  /** What a step is for and why, by its id. */
  readonly #intents = new Map<string, string>();

  constructor(options: { readonly stream: Writable; readonly now?: () => number }) {
    this.#lines = new LineWriter(options.stream);
    this.#now = options.now ?? (() => performance.now());
    this.#startedAt = this.#now();
    this.#heartbeat = setInterval(() => this.#beat(), 1_000);
    this.#heartbeat.unref();
  }

  show(event: RunEvent): void {
    switch (event.type) {
      case 'run-started': {
        const todo = event.steps.filter((step) => step.action === 'do').length;
        this.#say(
          event.command,
          `environment ${event.environment}: ${todo} to do, ${event.steps.length - todo} already right`,
        );
        for (const step of event.steps) this.#intents.set(step.id, `${step.title} (${step.reason})`);
        return;
      }
      case 'step-started':
        this.#running.set(event.id, {
          startedAt: this.#now(),
          shownAt: this.#now(),
          text: '',
          isShown: true,
        });
        return this.#say(event.id, `started: ${this.#intents.get(event.id) ?? event.id}`);
      case 'step-progress':
        return this.#progress(event.id, oneLine(formatProgress(event)));
      case 'step-done':
        this.#running.delete(event.id);
        return this.#say(
          event.id,
          `done in ${formatDuration(event.durationMs)}${event.note ? `: ${event.note}` : ''}`,
        );
      case 'step-failed':
        this.#running.delete(event.id);
        this.#say(
          event.id,
          `FAILED after ${formatDuration(event.durationMs)}: ${event.message.split('\n')[0]}`,
        );
        for (const line of failureLines(event).slice(1)) this.#lines.write(line);
        return;
      case 'step-cancelled':
        this.#running.delete(event.id);
        return this.#say(event.id, `not done: ${event.reason}`);
      case 'release-state':
        return this.#say(
          event.release,
          event.from === undefined ? `is ${event.to}` : `${event.from} → ${event.to}`,
        );
      case 'note':
        return this.#say(event.level === 'warn' ? 'warning' : 'note', event.text);
      case 'run-ended':
        this.#running.clear();
        for (const line of closingLines(event)) this.#lines.write(line);
        return;
      default: {
        const line = watchLine(event);
        if (!line) return;
        this.#say(line.subject, line.text);
        for (const text of line.below) this.#lines.write(text);
      }
    }
  }

  close(): Promise<void> {
    clearInterval(this.#heartbeat);
    return this.#lines.close();
  }

  #progress(id: string, text: string): void {
    const step = this.#running.get(id);
    if (!step || step.text === text) return;
    step.text = text;
    step.isShown = this.#now() - step.shownAt >= PROGRESS_EVERY_MS;
    if (step.isShown) {
      step.shownAt = this.#now();
      this.#say(id, text);
    }
  }

  #beat(): void {
    for (const [id, step] of this.#running) {
      const silentMs = this.#now() - step.shownAt;
      if (silentMs < (step.isShown ? HEARTBEAT_MS : PROGRESS_EVERY_MS)) continue;
      const age = formatDuration(this.#now() - step.startedAt);
      const isHeld = !step.isShown;
      step.shownAt = this.#now();
      step.isShown = true;
      this.#say(id, isHeld ? step.text : `running for ${age}${step.text ? `: ${step.text}` : ''}`);
    }
  }

  #say(subject: string, text: string): void {
    const seconds = ((this.#now() - this.#startedAt) / 1000).toFixed(1);
    this.#lines.write(`${`${seconds}s`.padStart(8)}  ${subject}  ${oneRow(text)}`);
  }
}
