// Pure: how long the parts of a run took.

import type { RunEvent } from '../run/events.ts';

/** In milliseconds; of several images the longest. Absent: not done. */
export interface RunTimes {
  buildMs?: number;
  loadMs?: number;
  deployMs?: number;
}

/** Takes the end of a step into account. */
export function noteTime(times: RunTimes, event: RunEvent): void {
  if (event.type !== 'step-done') return;
  const { id, durationMs } = event;
  if (id.startsWith('image:')) times.buildMs = Math.max(times.buildMs ?? 0, durationMs);
  else if (id.startsWith('load:')) times.loadMs = Math.max(times.loadMs ?? 0, durationMs);
  else if (/^(release|addon):/.test(id)) times.deployMs = durationMs;
}
