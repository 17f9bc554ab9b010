// Faults that a run on a running environment meets: what is told, and what is left alone.

import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { expectExit, failureOf, startedSteps } from '../support/run-slipway.ts';
import type { TodoStory } from '../support/todo-story.ts';

/** Registers the tests; the environment is up before the first one and after the last one. */
export function faultTests(story: () => TodoStory): void {
  test('an image over its budget stops up before any release, and its layers are listed', async ({
    signal,
  }) => {
    const before = await story().untouchable(signal);
    await story().project.configure(({ images }) => {
      images!['frontend']!.budgetMegabytes = 10;
    });
    const run = await story().run({ command: 'up', signal });
    await story().project.configure();

    expectExit(run, 1);
    const failure = failureOf(run);
    expect(failure).toMatchObject({ id: 'budget:images', code: 'budget' });
    const details = failure.details.join('\n');
    expect(details).toMatch(/frontend.*10\.0 MB/);
    expect(details).toMatch(/\d MB .*COPY/);
    expect(startedSteps(run).filter((id) => /^(load|addon|release):/.test(id))).toEqual([]);
    expect(await story().untouchable(signal)).toEqual(before);
  });

  test('a failing RUN stops up with the step and its output, and what runs goes on', async ({ signal }) => {
    const before = await story().untouchable(signal);
    const undo = await story().project.edit(
      'dockerfiles/todo-mcp.Dockerfile',
      'USER 1000:1000',
      'RUN echo the-well-is-dry && exit 3\nUSER 1000:1000',
    );
    const run = await story().run({ command: 'up', signal }).finally(undo);

    expectExit(run, 1);
    const failure = failureOf(run);
    expect(failure).toMatchObject({ id: 'image:mcp', code: 'build' });
    const told = [failure.message, ...failure.details];
    expect(told.filter((line) => line.includes('RUN echo the-well-is-dry'))).not.toEqual([]);
    // The output, and not only the instruction that says it.
    expect(told).toContainEqual(expect.stringMatching(/(^|[^o] )the-well-is-dry$/));
    expect(startedSteps(run).filter((id) => /^(load|addon|release):/.test(id))).toEqual([]);
    expect(await story().untouchable(signal)).toEqual(before);
  });

  test('a crash loop fails within 30 s of showing, with the end of the log; the old pod goes on', async ({
    signal,
  }) => {
    await story().project.configure(({ releases }) => {
      delete releases['backend']!.values!['secretEnv'];
    });
    let failedAt: number | undefined;
    const running = story().run({
      command: 'up',
      signal,
      onEvent: ({ type }) => {
        if (type === 'step-failed') failedAt = performance.now();
      },
    });
    const ended = new AbortController();
    let shownAt: number | undefined;
    async function watchPods(): Promise<void> {
      while (!ended.signal.aborted) {
        const looping = await story().cluster.podsWaiting('CrashLoopBackOff', signal);
        if (looping.length > 0) shownAt ??= performance.now();
        await sleep(200, undefined, { signal });
      }
    }
    // The run is waited for in each case: while it goes on, nothing else can use the cluster.
    const watching = Promise.allSettled([watchPods()]);
    const run = await running;
    ended.abort();
    expect(await watching).toMatchObject([{ status: 'fulfilled' }]);
    await story().project.configure();

    expectExit(run, 1);
    const failure = failureOf(run);
    expect(failure).toMatchObject({ id: 'release:backend', code: 'release' });
    expect([failure.message, ...failure.details].join('\n')).toContain('DATABASE_URL');
    expect(run.events).toContainEqual(
      expect.objectContaining({ type: 'release-state', release: 'backend', to: 'Failed' }),
    );
    // Failing before the back-off shows is better still.
    expect(failedAt! - (shownAt ?? failedAt!)).toBeLessThan(30_000);
    expect((await story().ask({ path: '/api/todos', signal })).status).toBe(200);
  });

  test('the next up puts it right', async ({ signal }) => {
    const run = await story().run({ command: 'up', signal });
    expectExit(run, 0);
    expect(startedSteps(run)).toEqual(['policy:charts', 'release:backend']);
    expect(await story().cluster.podsWaiting('CrashLoopBackOff', signal)).toEqual([]);
    expect(await story().ask({ path: '/api/todos', signal })).toMatchObject({
      status: 200,
      text: expect.stringContaining('Outlive the pods'),
    });
  });
}
