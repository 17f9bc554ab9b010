// For people: listr2 with one line per step that runs or has run, real percentages and running seconds.
// Steps that wait are one line together, and so are those that were right already.

import { DefaultRenderer, Listr, ListrLogger, ProcessOutput } from 'listr2';
import picocolors from 'picocolors';
import type { PlannedStep, RunEvent } from '../run/events.ts';
import { closingLines } from './closing-lines.ts';
import { formatDuration } from './format-duration.ts';
import { formatProgress } from './format-progress.ts';
import { LineWriter } from './line-writer.ts';
import { oneLine } from './printable.ts';
import { failureLines } from './print-failure.ts';
import { TerminalRow } from './terminal-row.ts';
import type { View } from './view.ts';
import { WatchTerminal } from './watch-terminal.ts';

interface ShownStep {
  readonly plan: PlannedStep;
  readonly row: TerminalRow;
  startedAt: number;
  progress: string;
  /** The state of the release that the step installs. */
  release: string;
}

/** listr2 asks the process, not our stream, whether it is a terminal; whoever makes this view has asked. */
class TerminalRenderer extends DefaultRenderer {
  static override readonly nonTTY = true;
}

export interface TerminalViewOptions {
  /** A terminal: only such a stream has columns and a cursor. */
  readonly stream: NodeJS.WriteStream;
  readonly colors: boolean;
  readonly now?: () => number;
}

export class TerminalView implements View {
  readonly #stream: NodeJS.WriteStream;
  readonly #colors: boolean;
  readonly #now: () => number;
  readonly #steps = new Map<string, ShownStep>();
  readonly #waiting = new TerminalRow('hidden');
  readonly #lines: LineWriter;
  readonly #after: string[] = [];
  #display: Promise<unknown> | undefined;
  #ticking: NodeJS.Timeout | undefined;
  #isClosed = false;
  #watching: Promise<WatchTerminal> | undefined;
  /** Of the run that follows the watching: `down`. */
  #next: Promise<TerminalView> | undefined;

  constructor(options: TerminalViewOptions) {
    this.#stream = options.stream;
    this.#colors = options.colors;
    this.#now = options.now ?? (() => performance.now());
    this.#lines = new LineWriter(options.stream, { colors: options.colors });
  }

  show(event: RunEvent): void {
    if (event.type === 'watch-started') this.#beginWatching();
    if (this.#watching) return this.#showAfterUp(this.#watching, event);
    switch (event.type) {
      case 'run-started':
        return this.#open(event.steps);
      case 'step-started':
        return this.#update(event.id, (step) => {
          step.startedAt = this.#now();
          step.row.set('started', this.#runningTitle(step));
          this.#countWaiting();
        });
      case 'step-progress':
        return this.#update(event.id, (step) => {
          step.progress = oneLine(formatProgress(event));
          step.row.set('started', this.#runningTitle(step));
        });
      case 'step-done':
        return this.#update(event.id, (step) => {
          step.row.set('completed', this.#title(step, [formatDuration(event.durationMs), event.note]));
        });
      case 'step-failed':
        this.#after.push(...failureLines(event, this.#colors));
        return this.#update(event.id, (step) => {
          const title = this.#title(step, [formatDuration(event.durationMs)]);
          step.row.set('failed', `${title}  failed`);
        });
      case 'step-cancelled':
        return this.#update(event.id, (step) => {
          if (step.row.state === 'started') step.row.set('cancelled', this.#title(step, [event.reason]));
        });
      case 'release-state':
        return this.#update(`release:${event.release}`, (step) => {
          step.release = event.to;
          if (step.row.state === 'started') step.row.set('started', this.#runningTitle(step));
        });
      case 'note':
        return this.#note(event.level, event.text);
      case 'run-ended':
        this.#after.push(...closingLines(event));
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#next) await (await this.#next).close();
    else if (this.#watching) (await this.#watching).close();
    else await this.#endDisplay();
    await this.#lines.close();
  }

  #showAfterUp(watching: Promise<WatchTerminal>, event: RunEvent): void {
    if (event.type === 'run-started')
      this.#next = watching.then((watch) => {
        watch.close();
        return new TerminalView({ stream: this.#stream, colors: this.#colors, now: this.#now });
      });
    void (this.#next ?? watching).then((view) => view.show(event));
  }

  /** `up` is over; what comes now are lines, below what is left of its display. */
  #beginWatching(): void {
    const options = { stream: this.#stream, colors: this.#colors, now: this.#now };
    this.#watching ??= this.#endDisplay().then(() => new WatchTerminal(options));
  }

  async #endDisplay(): Promise<void> {
    clearInterval(this.#ticking);
    this.#waiting.set('hidden', '');
    for (const { row, plan } of this.#steps.values()) {
      if (row.state === 'started') row.set('cancelled', plan.title);
      row.end();
    }
    this.#waiting.end();
    await this.#display;
    for (const line of this.#after.splice(0)) this.#lines.write(line);
  }

  #open(steps: readonly PlannedStep[]): void {
    const rows: TerminalRow[] = [];
    const right = steps.filter((step) => step.action === 'skip').length;
    if (right > 0) {
      const row = new TerminalRow('skipped', `${right} of ${steps.length} already right`);
      row.end();
      rows.push(row);
    }
    for (const plan of steps) {
      if (plan.action === 'skip') continue;
      const row = new TerminalRow('hidden');
      this.#steps.set(plan.id, { plan, row, startedAt: 0, progress: '', release: '' });
      rows.push(row);
    }
    rows.push(this.#waiting);
    this.#countWaiting();
    // Signals are the runner's: listr2's own listener would end the process with code 127.
    const listr = new Listr(
      rows.map((row) => row.toTask()),
      {
        concurrent: true,
        exitOnError: false,
        registerSignalListeners: false,
        renderer: TerminalRenderer,
        rendererOptions: {
          formatOutput: 'truncate',
          logger: new ListrLogger({ useIcons: true, processOutput: this.#output() }),
        },
      },
    );
    this.#display = listr.run();
    this.#ticking = setInterval(() => this.#tick(), 1_000);
    this.#ticking.unref();
  }

  #output(): ProcessOutput {
    return new ProcessOutput(this.#stream, this.#stream);
  }

  #update(id: string, change: (step: ShownStep) => void): void {
    const step = this.#steps.get(id);
    if (!step) return;
    change(step);
    if (['completed', 'failed', 'cancelled'].includes(step.row.state)) step.row.end();
  }

  #tick(): void {
    for (const step of this.#steps.values()) {
      if (step.row.state === 'started') step.row.set('started', this.#runningTitle(step));
    }
  }

  #countWaiting(): void {
    const count = [...this.#steps.values()].filter(({ row }) => row.state === 'hidden').length;
    this.#waiting.set(count > 0 ? 'waiting' : 'hidden', count === 1 ? '1 more step' : `${count} more steps`);
  }

  #runningTitle(step: ShownStep): string {
    return this.#title(step, [
      formatDuration(Math.floor((this.#now() - step.startedAt) / 1000) * 1000).replace('.0s', 's'),
      step.release,
      step.progress,
    ]);
  }

  #title(step: ShownStep, facts: readonly (string | undefined)[]): string {
    const paint = picocolors.createColors(this.#colors);
    const shown = facts.filter((fact) => fact !== undefined && fact !== '').join('  ');
    return `${step.plan.title}  ${paint.dim(shown)}`;
  }

  #note(level: 'info' | 'warn', text: string): void {
    const paint = picocolors.createColors(this.#colors);
    const line = level === 'warn' ? `${paint.yellow('!')} ${text}` : `${paint.dim('·')} ${text}`;
    if (this.#display) this.#after.push(line);
    else this.#lines.write(line);
  }
}
