// Pure: what the watch loop tells, as events of the run.

import type { Emit, RunEvent } from '../run/events.ts';
import type { WatchEvent } from './watch-event.ts';

/** Paths that are shown of a change. */
const SHOWN_PATHS = 5;

export interface WatchEmitOptions {
  readonly emit: Emit;
  /** Absolute; paths are shown relative to it. */
  readonly projectFolder: string;
  /** ISO 8601. */
  readonly at: () => string;
  /** What is told when all sources are followed. */
  readonly started: Omit<Extract<RunEvent, { type: 'watch-started' }>, 'type' | 'at'>;
}

/** 'release:backend' → 'backend'; an addon keeps its prefix. */
export function serviceName(service: string): string {
  return service.replace(/^release:/, '');
}

export function emitWatchEvent(
  event: WatchEvent,
  { emit, projectFolder, at, started }: WatchEmitOptions,
): void {
  if (event.kind === 'following') return emit({ type: 'watch-started', at: at(), ...started });
  if (event.kind === 'lost')
    return emit({ type: 'note', level: 'warn', text: `${event.reason}: everything is looked at again` });
  if (event.kind === 'polling')
    return emit({
      ...{ type: 'note', level: 'warn' },
      text: `${event.reason}. Files are polled from now on, which takes longer. To change that: ${event.remedy}`,
    });
  if (event.kind === 'look-failed')
    return emit({
      type: 'note',
      level: 'warn',
      text: [event.failure.message, ...event.failure.details].join('\n'),
    });
  const service = serviceName(event.service);
  switch (event.kind) {
    case 'changed': {
      const shown = event.paths.map((path) =>
        path.startsWith(`${projectFolder}/`) ? path.slice(projectFolder.length + 1) : path,
      );
      const { foundBy, isServed } = event;
      const paths = shown.slice(0, SHOWN_PATHS);
      return emit({
        type: 'service-changed',
        service,
        at: at(),
        paths,
        pathCount: shown.length,
        foundBy,
        isServed,
      });
    }
    case 'started':
      return emit({ type: 'service-started', service, at: at() });
    case 'cancelling':
      return emit({
        type: 'service-progress',
        service,
        step: '',
        text: 'a newer change makes this run useless',
      });
    case 'held':
      return emit({ type: 'service-held', service, reason: event.reason.replace('release:', '') });
    case 'added':
      return emit({ type: 'service-added', service, at: at() });
    case 'dropped':
      emit({ type: 'service-dropped', service, at: at() });
      return emit({
        ...{ type: 'note', level: 'warn' },
        text: `${service} is no longer in the config: it is not followed any more, and stays in the cluster until \`slipway down\``,
      });
    case 'ended': {
      const { end, sinceChangeMs, durationMs } = event;
      const outcome = end.name === 'served' || end.name === 'failed' ? end.name : 'superseded';
      return emit({
        ...{ type: 'service-ended', service, at: at(), outcome, sinceChangeMs, durationMs },
        ...end.report,
        ...(end.name === 'failed' ? { failure: shown(end.failure) } : {}),
      });
    }
  }
}

function shown(failure: {
  readonly code: string;
  readonly message: string;
  readonly hint: string | undefined;
  readonly details: readonly string[];
}): Extract<RunEvent, { type: 'service-ended' }>['failure'] {
  const { code, message, hint, details } = failure;
  return { code, message, hint, details };
}
