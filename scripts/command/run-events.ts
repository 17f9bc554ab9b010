// Pure: the first and the last event of a run.

import type { Emit, RunEvent } from '../engine/events.ts';
import type { Step } from '../plan/step.ts';

type RunEnded = Extract<RunEvent, { type: 'run-ended' }>;

export function emitStart(
  { emit }: { readonly emit: Emit },
  command: string,
  environment: string,
  steps: readonly Step[],
): void {
  const at = new Date().toISOString();
  const planned = steps.map(({ id, title, group, action, reason, needs }) => ({
    ...{ id, title, group, action, reason, needs },
  }));
  emit({ type: 'run-started', command, environment, at, steps: planned });
}

export function emitEnd(
  { emit }: { readonly emit: Emit },
  outcome: RunEnded['outcome'],
  startedAt: number,
  more: Partial<Pick<RunEnded, 'urls' | 'summary'>> = {},
): void {
  emit({
    type: 'run-ended',
    outcome,
    durationMs: performance.now() - startedAt,
    urls: [],
    summary: [],
    ...more,
  });
}
