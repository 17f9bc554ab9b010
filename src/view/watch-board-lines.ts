// The board of a watch as lines that fit a terminal: services at work and those that were touched, forwards, keys.

import picocolors from 'picocolors';
import { formatDuration } from './format-duration.ts';
import { oneLine } from './printable.ts';
import type { Board, BoardRow, BoardStatus } from './watch-board.ts';
import { describeForward } from './watch-lines.ts';

export interface BoardLook {
  readonly nowMs: number;
  readonly columns: number;
  /** Lines that may be used. */
  readonly height: number;
  readonly colors: boolean;
}

const SPINNER = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';
const MARKS: Record<BoardStatus, string> = {
  quiet: '·',
  sick: '!',
  running: '',
  waits: '◷',
  serves: '✔',
  failed: '✖',
};
/** What is at work or wrong has to be seen, however small the terminal. */
const URGENCY: Record<BoardStatus, number> = {
  running: 0,
  failed: 1,
  sick: 2,
  waits: 3,
  serves: 4,
  quiet: 5,
};

/** At least one line while a service is known; never more than `height`. */
export function boardLines(board: Board, look: BoardLook): string[] {
  const paint = picocolors.createColors(look.colors);
  const rows = [...board.rows.values()];
  const { selected, keys = [] } = board.controls ?? {};
  const controls = keys.map(({ key, does }) => `${key} ${does}`).join('   ');
  const forwards = [...board.forwards.values()].map(
    (forward) => `  ⇄ ${cut(oneLine(`${forward.name}  ${describeForward(forward)}`), look.columns - 4)}`,
  );
  const below = [
    ...forwards.map((line) => (line.includes(' leads to ') ? paint.dim(line) : paint.yellow(line))),
    ...(controls === '' ? [] : [paint.dim(cut(controls, look.columns - 1))]),
  ].slice(-Math.max(0, look.height - 2));
  // What keys act on has to be seen first of all.
  const rank = ({ status, service }: BoardRow): number => (service === selected ? -1 : URGENCY[status]);
  const isShown = ({ status, service }: BoardRow): boolean => status !== 'quiet' || service === selected;
  const room = Math.max(1, look.height - below.length - 1);
  const shown = new Set(
    rows
      .filter(isShown)
      .sort((left, right) => rank(left) - rank(right) || right.sinceMs - left.sinceMs)
      .slice(0, room),
  );
  const hidden = rows.filter((row) => !shown.has(row));
  const width = Math.max(0, ...[...shown].map(({ service }) => service.length));
  const rest = hidden.map(({ service }) => service).join(', ');
  return [
    ...rows.filter((row) => shown.has(row)).map((row) => rowLine(row, row.service === selected, width, look)),
    ...(hidden.length === 0
      ? []
      : [
          paint.dim(
            cut(`  · ${hidden.length} ${shown.size > 0 ? 'more ' : ''}up: ${rest}`, look.columns - 1),
          ),
        ]),
    ...below,
  ];
}

function rowLine(row: BoardRow, isSelected: boolean, width: number, look: BoardLook): string {
  const paint = picocolors.createColors(look.colors);
  const age = look.nowMs - row.sinceMs;
  const isRunning = row.status === 'running';
  const mark = isRunning ? SPINNER[Math.floor(look.nowMs / 100) % SPINNER.length]! : MARKS[row.status];
  const paintMark = { quiet: paint.dim, sick: paint.yellow, running: paint.cyan, waits: paint.yellow };
  const ofStatus = { ...paintMark, serves: paint.green, failed: paint.red }[row.status];
  const ago = isRunning ? formatDuration(age) : row.status === 'quiet' ? '' : `${formatAge(age)} ago`;
  const change = row.change === '' ? '' : `  ← ${row.change}`;
  const words = {
    quiet: 'up',
    sick: '',
    running: '',
    waits: 'waits: ',
    serves: 'serves ',
    failed: 'FAILED: ',
  }[row.status];
  const text = `${ago.padStart(8)}  ${oneLine(`${words}${row.text}${change}`)}`;
  const pointer = isSelected ? '›' : ' ';
  const name = row.service.padEnd(width);
  const room = look.columns - width - 7;
  return `${pointer} ${ofStatus(mark)} ${isSelected ? paint.bold(name) : name}  ${ofStatus(cut(text, room))}`;
}

/** '12s', '3m', '2h': of something that is over, the seconds soon do not matter. */
function formatAge(ageMs: number): string {
  const seconds = Math.floor(ageMs / 1000);
  if (seconds < 60) return `${seconds}s`;
  return seconds < 3600 ? `${Math.floor(seconds / 60)}m` : `${Math.floor(seconds / 3600)}h`;
}

function cut(text: string, columns: number): string {
  return text.length <= columns ? text : `${text.slice(0, Math.max(0, columns - 1))}…`;
}
