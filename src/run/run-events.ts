// Pure: the first and the last event of a run, and what is told before it has a plan.

import type { Emit, RunEvent } from './events.ts';
import type { Step } from '../plan/step.ts';
import type { Progress } from '../task.ts';

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

/**
 * Progress of work that is no step, as notes 'about: text'. A note is a line of its own: the same text is told once, and
 * what counts one by one can be left out.
 */
export function noteProgress(
  emit: Emit,
  about: string,
  isTold: (progress: Progress) => boolean = () => true,
): (progress: Progress) => void {
  let said = '';
  return (progress) => {
    const { text } = progress;
    if (text !== said && isTold(progress)) emit({ type: 'note', level: 'info', text: `${about}: ${text}` });
    said = text;
  };
}
