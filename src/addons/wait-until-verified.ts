// Asks again until a claim about an addon holds, or its deadline passes.

import { setTimeout as delay } from 'node:timers/promises';
import { Failure } from '../failure.ts';
import type { Task } from '../task.ts';

export interface Claim {
  /** What is to be shown, as a sentence without full stop: 'NGINX answers on http://127.0.0.1:8080'. */
  readonly sentence: string;
  /**
   * Undefined when the claim holds, else the state that was seen instead. An exception from here ends the wait:
   * throw where waiting cannot help, return where it can.
   */
  readonly observe: (signal: AbortSignal) => Promise<string | undefined>;
  readonly deadlineMs: number;
  /** Pause between two looks; 200 ms if absent. */
  readonly intervalMs?: number;
  /** Where to look when the deadline has passed. */
  readonly hint?: string;
}

/** Rejects with Failure 'addon' that holds the last state seen, or 'interrupted' when the signal is aborted. */
export async function waitUntilProven(claim: Claim, task: Task): Promise<void> {
  const deadline = performance.now() + claim.deadlineMs;
  let reported: string | undefined;
  for (;;) {
    const state = await observe(claim, task);
    if (state === undefined) return;
    if (state !== reported) task.report({ text: `waiting: ${state}` });
    reported = state;
    const leftMs = deadline - performance.now();
    if (leftMs <= 0) {
      throw new Failure(
        'addon',
        `${claim.sentence}: not so after ${Math.round(claim.deadlineMs / 1000)} s; last state seen: ${state}`,
        { hint: claim.hint },
      );
    }
    await delay(Math.min(claim.intervalMs ?? 200, leftMs), undefined, { signal: task.signal }).catch(
      () => undefined,
    );
  }
}

async function observe(claim: Claim, task: Task): Promise<string | undefined> {
  const interrupted = (): Failure =>
    new Failure('interrupted', `interrupted while checking: ${claim.sentence}`);
  if (task.signal.aborted) throw interrupted();
  try {
    return await claim.observe(task.signal);
  } catch (error) {
    if (task.signal.aborted) throw interrupted();
    throw error;
  }
}
