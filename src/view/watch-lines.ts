// What `watch` tells, as lines for people: one for a change, one for what became of it.

import picocolors from 'picocolors';
import type { RunEvent } from '../run/events.ts';
import { describePaths, describeTimes } from './describe-run.ts';
import { formatDuration } from './format-duration.ts';
import { failureLines } from './print-failure.ts';

/** A line belongs to a service ('backend') or to the watching itself. */
export interface WatchLine {
  readonly subject: string;
  readonly text: string;
  /** What is shown below it, as it is. */
  readonly below: readonly string[];
}

/** Undefined for events that are no matter of watching, or only of the moment. */
export function watchLine(event: RunEvent, colors = false): WatchLine | undefined {
  const paint = picocolors.createColors(colors);
  const line = (subject: string, text: string, below: readonly string[] = []): WatchLine => ({
    ...{ subject, text, below },
  });
  switch (event.type) {
    case 'watch-started': {
      const how = event.by === 'events' ? 'by file events' : 'by polling';
      const every = formatDuration(event.sweepEveryMs);
      return line(
        'watch',
        `following the sources of ${event.services.length} services ${how}, everything again every ${every}; Ctrl+C ends`,
      );
    }
    case 'service-changed': {
      const paths = describePaths(event);
      const how = event.foundBy === 'sweep' ? ' (no event had told; found by looking)' : '';
      const then = event.isServed ? '; that is what serves already' : '';
      return line(event.service, `changed${paths === '' ? '' : `: ${paths}`}${how}${then}`);
    }
    case 'service-added':
      return line(event.service, 'is in the config now, and is followed');
    case 'service-held':
      return line(event.service, paint.yellow(`waits: ${event.reason}`));
    case 'service-ended': {
      if (event.outcome === 'superseded') return undefined;
      if (event.outcome === 'served')
        return line(event.service, `${paint.green('serves')} ${event.what}, ${describeTimes(event)}`);
      const now =
        event.rolledBackTo === undefined
          ? 'the version before keeps serving where it can'
          : `back to ${event.rolledBackTo}`;
      const below = event.failure ? failureLines(event.failure, colors) : [];
      return line(
        event.service,
        `${paint.red('FAILED')} ${event.what}, ${describeTimes(event)}; ${now}`,
        below,
      );
    }
    case 'service-health': {
      const { ready, total, trouble } = event;
      if (trouble === undefined) return line(event.service, `all pods are ready again (${ready})`);
      return line(event.service, paint.yellow(`${ready} of ${total} pods ready: ${trouble}`));
    }
    case 'service-log':
      return line(event.service, `${paint.dim('│')} ${event.line}`);
    case 'forward-state':
      return line(event.name, describeForward(event, colors));
    default:
      return undefined;
  }
}

/** '127.0.0.1:15432 → postgres:5432 leads to postgres-0'. */
export function describeForward(
  event: Omit<Extract<RunEvent, { type: 'forward-state' }>, 'type' | 'at'>,
  colors = false,
): string {
  const paint = picocolors.createColors(colors);
  const way = `${event.address} → ${event.target}`;
  if (event.state === 'ready') return `${way} ${paint.green('leads to')} ${event.pod}`;
  if (event.state === 'waiting') return `${way} ${paint.yellow('waits')}: ${event.reason}`;
  return `${way} ${paint.red('does not work')}: ${event.reason}`;
}
