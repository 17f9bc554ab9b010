// Runs a plan: a ready-queue, no level barriers. A step starts the moment everything it needs has ended well.

import { Failure } from '../failure.ts';
import { machineFailure } from '../machine-failure.ts';
import type { Lane, Step } from '../plan/step.ts';
import type { Progress, Task } from '../task.ts';
import type { Emit } from './events.ts';
import { queueOrder } from './queue-order.ts';

/** Does one step. May return a note for people ('180 MB, +2 MB since the last build'). */
export type Perform = (step: Step, task: Task) => Promise<string | undefined>;

export interface RunOptions {
  readonly perform: Perform;
  /** How many steps of a lane run at once. */
  readonly limits: Readonly<Record<Lane, number>>;
  readonly signal: AbortSignal;
  readonly emit: Emit;
  /** Milliseconds, monotonic. */
  readonly now?: () => number;
}

/**
 * Resolves when every step to do is done. When one fails nothing new is started, what runs is
 * aborted and awaited, and then the first failure is thrown (others that broke by themselves at the same time are
 * reported as events). An abort from outside ends in Failure 'interrupted'.
 */
export async function runPlan(steps: readonly Step[], options: RunOptions): Promise<void> {
  const { emit, now = () => performance.now() } = options;
  const todo = steps.filter((step) => step.action === 'do');
  const ids = new Set(todo.map((step) => step.id));
  const waiting = new Map(todo.map((step) => [step.id, new Set(step.needs.filter((need) => ids.has(need)))]));
  const order = queueOrder(todo);
  const running = new Map<string, Promise<void>>();
  const used: Record<Lane, number> = { compile: 0, build: 0, transfer: 0, cluster: 0 };
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  let failure: { error: unknown; step: Step } | undefined;

  async function perform(step: Step): Promise<void> {
    const startedAt = now();
    emit({ type: 'step-started', id: step.id, at: new Date().toISOString() });
    const task: Task = {
      signal,
      report: (progress: Progress) => emit({ type: 'step-progress', id: step.id, ...progress }),
    };
    try {
      const note = await options.perform(step, task);
      emit({ type: 'step-done', id: step.id, durationMs: now() - startedAt, ...(note ? { note } : {}) });
      for (const needs of waiting.values()) needs.delete(step.id);
    } catch (thrown) {
      const error = machineFailure(thrown);
      const durationMs = now() - startedAt;
      if (signal.aborted && isInterruption(error, signal)) {
        emit({ type: 'step-cancelled', id: step.id, reason: cancelReason(options.signal, failure?.step) });
        return;
      }
      emit({ type: 'step-failed', id: step.id, durationMs, ...describe(error) });
      failure ??= { error, step };
      stop.abort(new Failure('interrupted', `stopped because ${step.id} failed`));
    }
  }

  while (!signal.aborted) {
    for (;;) {
      const ready = order.find(
        (step) => waiting.get(step.id)?.size === 0 && used[step.lane] < options.limits[step.lane],
      );
      if (!ready) break;
      waiting.delete(ready.id);
      used[ready.lane]++;
      const ended = perform(ready).finally(() => {
        used[ready.lane]--;
        running.delete(ready.id);
      });
      running.set(ready.id, ended);
    }
    if (running.size === 0) break;
    await Promise.race(running.values());
  }
  await Promise.all(running.values());
  for (const id of waiting.keys()) {
    emit({ type: 'step-cancelled', id, reason: cancelReason(options.signal, failure?.step) });
  }
  if (failure) throw failure.error;
  if (options.signal.aborted) throw new Failure('interrupted', 'interrupted');
  if (waiting.size > 0)
    throw new Error(`the plan has steps that can never start: ${[...waiting.keys()].join(', ')}`);
}

function isInterruption(error: unknown, signal: AbortSignal): boolean {
  if (error === signal.reason) return true;
  if (error instanceof Failure) return error.code === 'interrupted';
  return error instanceof Error && error.name === 'AbortError';
}

function cancelReason(outside: AbortSignal, failed: Step | undefined): string {
  if (failed) return `held because ${failed.id} failed`;
  return outside.aborted ? 'interrupted' : 'not started';
}

function describe(error: unknown): {
  code: string;
  message: string;
  hint?: string;
  details: readonly string[];
} {
  if (error instanceof Failure) {
    const hint = error.hint === undefined ? {} : { hint: error.hint };
    return { code: error.code, message: error.message, ...hint, details: error.details };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'bug', message, details: [] };
}
