// What `watch` tells, as lines for people: one for a change, one for what became of it.

import picocolors from 'picocolors';
import type { RunEvent } from '../engine/events.ts';
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
      const more = event.pathCount - event.paths.length;
      const paths = event.paths.join(', ') + (more > 0 ? ` and ${more} more` : '');
      const how = event.foundBy === 'sweep' ? ' (no event had told; found by looking)' : '';
      const then = event.isServed ? '; that is what serves already' : '';
      return line(event.service, `changed${paths === '' ? '' : `: ${paths}`}${how}${then}`);
    }
    case 'service-held':
      return line(event.service, paint.yellow(`waits: ${event.reason}`));
    case 'service-ended': {
      if (event.outcome === 'superseded') return undefined;
      const parts = [
        ['build', event.buildMs],
        ['load', event.loadMs],
        ['deploy', event.deployMs],
      ] as const;
      const durations = parts.flatMap(([name, ms]) =>
        ms === undefined ? [] : [`${name} ${formatDuration(ms)}`],
      );
      const since = formatDuration(event.sinceChangeMs);
      if (event.outcome === 'served') {
        const spent = durations.length > 0 ? ` (${durations.join(', ')})` : '';
        return line(
          event.service,
          `${paint.green('serves')} ${event.what}, ${since} after the change${spent}`,
        );
      }
      const now =
        event.rolledBackTo === undefined
          ? 'the version before keeps serving where it can'
          : `back to ${event.rolledBackTo}`;
      const below = event.failure ? failureLines(event.failure, colors) : [];
      return line(
        event.service,
        `${paint.red('FAILED')} ${event.what}, ${since} after the change; ${now}`,
        below,
      );
    }
    default:
      return undefined;
  }
}
