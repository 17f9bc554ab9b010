// Pure: the report on what the time of a run went to.

import type { CriticalPath } from '../run/events.ts';
import { formatDuration } from './format-duration.ts';

/** So many of the largest parts are shown; the rest is one number. */
const SHOWN = 5;
/** Below this a run needs no report. */
const SHORT_MS = 2_000;

/** In the order in which they ran. None for a run that was short. */
export function pathLines({ wallMs, beforeMs, parts, advice }: CriticalPath): string[] {
  if (wallMs < SHORT_MS) return [];
  const entries = [
    { title: 'looking at what is there', ms: beforeMs, waitedMs: 0 },
    ...parts.map(({ title, durationMs, waitedMs }) => ({ title, ms: durationMs, waitedMs })),
  ];
  const largest = new Set(entries.toSorted((a, b) => b.ms - a.ms).slice(0, SHOWN));
  const shown = entries.filter((entry) => largest.has(entry));
  const restMs = entries.reduce((sum, entry) => sum + (largest.has(entry) ? 0 : entry.ms), 0);
  const steps = shown.map(({ title, ms, waitedMs }) => {
    const waited = waitedMs >= 1_000 ? `, after waiting ${formatDuration(waitedMs)}` : '';
    return `${title} ${formatDuration(ms)}${waited}`;
  });
  const rest =
    entries.length > shown.length ? `; ${entries.length - shown.length} more ${formatDuration(restMs)}` : '';
  return [`critical path: ${steps.join(' → ')}${rest}`, ...(advice === '' ? [] : [advice])];
}
