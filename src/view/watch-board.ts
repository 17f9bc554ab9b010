// Pure: what each service is at, folded from the events of a watch.

import type { RunEvent } from '../run/events.ts';
import { describePaths, describeTimes } from './describe-run.ts';

export type BoardStatus = 'quiet' | 'sick' | 'running' | 'waits' | 'serves' | 'failed';

export interface BoardRow {
  readonly service: string;
  readonly status: BoardStatus;
  /** When the status began, by the clock that `takeEvent` was given. */
  readonly sinceMs: number;
  /** What changed last: 'src/main.ts and 2 more'. */
  readonly change: string;
  /** What goes on, or what came of it. */
  readonly text: string;
}

type Forward = Omit<Extract<RunEvent, { type: 'forward-state' }>, 'type' | 'at'>;
type Controls = Omit<Extract<RunEvent, { type: 'watch-controls' }>, 'type'>;

export interface Board {
  /** In the order of the config. */
  readonly rows: ReadonlyMap<string, BoardRow>;
  readonly forwards: ReadonlyMap<string, Forward>;
  readonly controls: Controls | undefined;
}

export const emptyBoard: Board = { rows: new Map(), forwards: new Map(), controls: undefined };

/** The board after one event more. */
export function takeEvent(board: Board, event: RunEvent, nowMs: number): Board {
  const change = (service: string, changes: Partial<BoardRow>): Board => {
    const fresh: BoardRow = { service, status: 'quiet', sinceMs: nowMs, change: '', text: '' };
    const row = { ...(board.rows.get(service) ?? fresh), ...changes };
    return { ...board, rows: new Map([...board.rows, [service, row]]) };
  };
  switch (event.type) {
    case 'watch-started': {
      const first = (service: string): BoardRow =>
        event.failed.includes(service)
          ? { service, status: 'failed', sinceMs: nowMs, change: '', text: 'did not come up' }
          : { service, status: 'quiet', sinceMs: nowMs, change: '', text: '' };
      return { ...board, rows: new Map(event.services.map((service) => [service, first(service)])) };
    }
    case 'service-health': {
      const { ready, total, trouble } = event;
      // Why it failed says more.
      if (board.rows.get(event.service)?.status === 'failed') return board;
      // The pods of a service that has left the config stay.
      if (!board.rows.has(event.service)) return board;
      const text = trouble === undefined ? '' : `${ready} of ${total} pods ready: ${trouble}`;
      return change(event.service, {
        status: trouble === undefined ? 'quiet' : 'sick',
        sinceMs: nowMs,
        text,
      });
    }
    case 'service-added':
      return change(event.service, {});
    case 'service-dropped':
      return { ...board, rows: new Map([...board.rows].filter(([service]) => service !== event.service)) };
    case 'service-changed':
      return change(event.service, {
        change: describePaths(event),
        ...(event.isServed ? { status: 'serves', sinceMs: nowMs, text: 'what served before' } : {}),
      });
    case 'service-started':
      return change(event.service, { status: 'running', sinceMs: nowMs, text: 'planning' });
    case 'service-progress': {
      if (board.rows.get(event.service)?.status !== 'running') return board;
      const step = event.step.replace(/:.*$/, '');
      return change(event.service, {
        text: [step, event.text].filter((part) => part !== '').join(': '),
      });
    }
    case 'service-held':
      return change(event.service, { status: 'waits', sinceMs: nowMs, text: event.reason });
    case 'service-ended':
      return change(event.service, { ...outcomeOf(event), sinceMs: nowMs });
    case 'forward-state':
      return { ...board, forwards: new Map([...board.forwards, [event.name, event]]) };
    case 'watch-controls':
      return { ...board, controls: event };
    default:
      return board;
  }
}

function outcomeOf(event: Extract<RunEvent, { type: 'service-ended' }>): Pick<BoardRow, 'status' | 'text'> {
  if (event.outcome === 'served') return { status: 'serves', text: `${event.what}, ${describeTimes(event)}` };
  // What is newer either begins at once, or is what serves already.
  if (event.outcome === 'superseded') return { status: 'quiet', text: 'stopped: something newer is wanted' };
  const [message = ''] = (event.failure?.message ?? '').split('\n');
  const back = event.rolledBackTo === undefined ? '' : `; back to ${event.rolledBackTo}`;
  return { status: 'failed', text: `${message}${back}` };
}
