import { describe, expect, test } from 'vitest';
import { waitUntilProven } from '../../../src/addons/wait-until-verified.ts';
import { Failure } from '../../../src/failure.ts';
import type { Progress } from '../../../src/task.ts';

function taskWith(signal: AbortSignal = new AbortController().signal) {
  const reports: Progress[] = [];
  return { signal, reports, report: (progress: Progress) => void reports.push(progress) };
}

describe('waitUntilProven', () => {
  test('looks again until the claim holds, and tells each state once', async () => {
    const states = ['starting', 'starting', 'almost', undefined];
    const task = taskWith();
    await waitUntilProven(
      { sentence: 'it works', observe: async () => states.shift(), deadlineMs: 10_000, intervalMs: 1 },
      task,
    );
    expect(states).toEqual([]);
    expect(task.reports.map((report) => report.text)).toEqual(['waiting: starting', 'waiting: almost']);
  });

  test('fails after the deadline with the claim, the last state seen and the hint', async () => {
    let looks = 0;
    const claim = {
      sentence: 'it works',
      observe: async () => `state ${++looks}`,
      deadlineMs: 20,
      intervalMs: 1,
      hint: 'look there',
    };
    const failure = await waitUntilProven(claim, taskWith()).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Failure);
    expect(failure).toMatchObject({ code: 'addon', hint: 'look there' });
    expect((failure as Failure).message).toContain('it works');
    expect((failure as Failure).message).toContain(`last state seen: state ${looks}`);
    expect(looks).toBeGreaterThan(1);
  });

  test('looks once even when the deadline is zero', async () => {
    let looks = 0;
    const observe = async (): Promise<undefined> => void looks++;
    await waitUntilProven({ sentence: 'it works', observe, deadlineMs: 0 }, taskWith());
    expect(looks).toBe(1);
  });

  test('ends at once with what the observer throws', async () => {
    const observe = async (): Promise<undefined> => {
      throw new Failure('addon', 'refused for good');
    };
    const claim = { sentence: 'it works', observe, deadlineMs: 60_000 };
    await expect(waitUntilProven(claim, taskWith())).rejects.toThrow('refused for good');
  });

  test('an abort ends the pause', async () => {
    const stop = new AbortController();
    const observe = async (): Promise<string> => {
      queueMicrotask(() => stop.abort());
      return 'not yet';
    };
    const claim = { sentence: 'it works', observe, deadlineMs: 60_000, intervalMs: 60_000 };
    await expect(waitUntilProven(claim, taskWith(stop.signal))).rejects.toMatchObject({
      code: 'interrupted',
    });
  });
});
