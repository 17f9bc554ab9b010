import { describe, expect, test } from 'vitest';
import { Failure } from '../../../src/failure.ts';
import type { RunEvent } from '../../../src/run/events.ts';
import { runPlan, type Perform } from '../../../src/run/run-plan.ts';
import type { Step } from '../../../src/plan/step.ts';
import type { Task } from '../../../src/task.ts';

const limits = { compile: 1, build: 2, transfer: 2, cluster: 9 };

function step(id: string, needs: string[] = [], lane: Step['lane'] = 'cluster'): Step {
  return { id, group: 'release', subject: id, title: id, needs, lane, action: 'do', reason: 'test' };
}

/** Performs steps under the control of the test: each waits until it is told how to end. */
class Stage {
  readonly events: RunEvent[] = [];
  readonly #started = new Map<
    string,
    { resolve: (note?: string) => void; reject: (error: unknown) => void; task: Task }
  >();
  readonly #watchers: (() => void)[] = [];

  readonly perform: Perform = (step, task) =>
    new Promise((resolve, reject) => {
      this.#started.set(step.id, { resolve, reject, task });
      task.signal.addEventListener('abort', () => reject(task.signal.reason as Error));
      for (const watcher of this.#watchers.splice(0)) watcher();
    });

  started(): string[] {
    return [...this.#started.keys()];
  }

  async control(
    id: string,
  ): Promise<{ resolve: (note?: string) => void; reject: (error: unknown) => void; task: Task }> {
    for (;;) {
      const found = this.#started.get(id);
      if (found) return found;
      await new Promise<void>((resolve) => this.#watchers.push(resolve));
    }
  }

  run(steps: Step[], signal = new AbortController().signal): Promise<void> {
    return runPlan(steps, {
      perform: this.perform,
      limits,
      signal,
      emit: (event) => this.events.push(event),
    });
  }
}

describe('runPlan', () => {
  test('starts a step the moment its own needs are done, without waiting for others of the same depth', async () => {
    const stage = new Stage();
    const run = stage.run([step('slow'), step('quick'), step('after-quick', ['quick'])]);
    (await stage.control('quick')).resolve();
    (await stage.control('after-quick')).resolve();
    expect(stage.events.filter((event) => event.type === 'step-done').map((event) => event.id)).not.toContain(
      'slow',
    );
    (await stage.control('slow')).resolve();
    await expect(run).resolves.toBeUndefined();
  });

  test('starts no more steps of a lane than its limit', async () => {
    const stage = new Stage();
    const run = stage.run([step('a', [], 'compile'), step('b', [], 'compile')]);
    await stage.control('a');
    expect(stage.started()).toEqual(['a']);
    (await stage.control('a')).resolve();
    (await stage.control('b')).resolve();
    await run;
    expect(stage.started()).toEqual(['a', 'b']);
  });

  test('begins with what has the longest way behind it', async () => {
    const stage = new Stage();
    const run = stage.run([step('short', [], 'compile'), step('long', [], 'compile'), step('end', ['long'])]);
    (await stage.control('long')).resolve();
    (await stage.control('short')).resolve();
    (await stage.control('end')).resolve();
    await run;
    expect(stage.started()[0]).toBe('long');
  });

  test('a failure starts nothing new, stops and awaits what runs, says what was held, and is thrown', async () => {
    const stage = new Stage();
    const run = stage.run([step('bad'), step('running'), step('held', ['bad'])]);
    await stage.control('running');
    (await stage.control('bad')).reject(
      new Failure('build', 'step 3 failed', { hint: 'look at it', details: ['line'] }),
    );
    await expect(run).rejects.toMatchObject({ code: 'build', message: 'step 3 failed' });
    expect(stage.started()).toEqual(['bad', 'running']);
    expect(
      stage.events.filter((event) => event.type === 'step-failed' || event.type === 'step-cancelled'),
    ).toEqual([
      expect.objectContaining({
        type: 'step-failed',
        id: 'bad',
        code: 'build',
        hint: 'look at it',
        details: ['line'],
      }),
      { type: 'step-cancelled', id: 'running', reason: 'held because bad failed' },
      { type: 'step-cancelled', id: 'held', reason: 'held because bad failed' },
    ]);
  });

  test('an interruption is a Failure of its own, after what runs has ended', async () => {
    const stage = new Stage();
    const controller = new AbortController();
    const run = stage.run([step('a'), step('b', ['a'])], controller.signal);
    await stage.control('a');
    controller.abort(new Failure('interrupted', 'interrupted by SIGINT'));
    await expect(run).rejects.toMatchObject({ code: 'interrupted' });
    expect(stage.events.filter((event) => event.type === 'step-failed')).toEqual([]);
  });

  test('skips what is to be skipped and does not wait for it', async () => {
    const stage = new Stage();
    const run = stage.run([{ ...step('there'), action: 'skip' }, step('next', ['there'])]);
    (await stage.control('next')).resolve('3 pods');
    await run;
    expect(stage.started()).toEqual(['next']);
    expect(stage.events.at(-1)).toMatchObject({ type: 'step-done', id: 'next', note: '3 pods' });
  });

  test('a bug in a step ends the run as a bug, not as a Failure', async () => {
    const stage = new Stage();
    const run = stage.run([step('a')]);
    (await stage.control('a')).reject(new TypeError('x is undefined'));
    await expect(run).rejects.toThrow(TypeError);
  });
});
