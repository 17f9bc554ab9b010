// Pure: what is said below the steps when a run has ended.

import type { RunEvent } from '../run/events.ts';
import { formatDuration } from './format-duration.ts';
import { pathLines } from './path-lines.ts';

type RunEnded = Extract<RunEvent, { type: 'run-ended' }>;

/** Outcome with duration, what the time went to, the summary, and the URLs in a column. */
export function closingLines(event: RunEnded): string[] {
  const width = Math.max(0, ...event.urls.map(({ name }) => name.length));
  return [
    outcomeLine(event),
    ...(event.path === undefined ? [] : pathLines(event.path)).map((line) => `  ${line}`),
    ...event.summary.map((line) => `  ${line}`),
    ...event.urls.map(({ name, url }) => `  ${name.padEnd(width)}  ${url}`),
  ];
}

function outcomeLine(event: RunEnded): string {
  const duration = formatDuration(event.durationMs);
  switch (event.outcome) {
    case 'done':
      return `Done in ${duration}`;
    case 'nothing-to-do':
      return `Nothing to do: everything is as it should be (${duration})`;
    case 'failed':
      return `Failed after ${duration}`;
    case 'interrupted':
      return `Interrupted after ${duration}: what is whole is kept, the next run goes on from there`;
  }
}
