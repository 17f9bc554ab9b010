// Pure: what changed, and how long it took to be served, in words.

import type { RunEvent } from '../run/events.ts';
import { formatDuration } from './format-duration.ts';

/** 'a, b and 3 more'. */
export function describePaths({
  paths,
  pathCount,
}: Pick<Extract<RunEvent, { type: 'service-changed' }>, 'paths' | 'pathCount'>): string {
  const more = pathCount - paths.length;
  return paths.join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** '2.1s after the change (build 0.9s, load 0.2s, deploy 1.0s)'. */
export function describeTimes(event: Extract<RunEvent, { type: 'service-ended' }>): string {
  const parts = [
    ['build', event.buildMs],
    ['load', event.loadMs],
    ['deploy', event.deployMs],
  ] as const;
  const spent = parts.flatMap(([name, ms]) => (ms === undefined ? [] : [`${name} ${formatDuration(ms)}`]));
  const since = `${formatDuration(event.sinceChangeMs)} after the change`;
  return spent.length > 0 ? `${since} (${spent.join(', ')})` : since;
}
