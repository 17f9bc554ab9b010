// Runs one vitest project after the other in this process and counts.

import { fileURLToPath } from 'node:url';
import { startVitest, type Vitest } from 'vitest/node';
import { TallyReporter } from './tally-reporter.ts';
import type { TestTally } from './test-tally.ts';

/** In the order in which they run: what is quick to fail comes first. */
export const testProjects = ['unit', 'contract', 'integration', 'chaos', 'e2e'] as const;
export type TestProjectName = (typeof testProjects)[number];

export interface TestRequest {
  readonly project: TestProjectName;
  /** Parts of file paths; none means all files. */
  readonly files: readonly string[];
  /** A pattern that the full name of a test must match. */
  readonly name: string | undefined;
  /** When it is aborted, tests that run may end, and then everything is cleaned up. */
  readonly signal: AbortSignal;
}

export async function runTests(request: TestRequest): Promise<TestTally> {
  const tally = new TallyReporter({ hasNameFilter: request.name !== undefined });
  const cancel = (vitest: Vitest): void => void vitest.cancelCurrentRun('keyboard-input');
  let running: Vitest | undefined;
  const onAbort = (): void => {
    if (running) cancel(running);
  };
  request.signal.addEventListener('abort', onAbort, { once: true });
  const listeners = (['SIGINT', 'SIGTERM'] as const).map(
    (name) => [name, new Set<unknown>(process.listeners(name))] as const,
  );
  const starter = {
    // The only moment at which the instance is known before the run is over.
    onInit: (vitest: Vitest): void => {
      running = vitest;
      // vitest would end the process 1 ms after a signal, with nothing cleaned up; signals are the runner's.
      for (const [name, ours] of listeners) {
        for (const listener of process.listeners(name)) if (!ours.has(listener)) process.off(name, listener);
      }
      if (request.signal.aborted) cancel(vitest);
    },
  };
  try {
    const vitest = await startVitest('test', [...request.files], {
      config: fileURLToPath(new URL('../vitest.config.ts', import.meta.url)),
      run: true,
      watch: false,
      project: [request.project],
      reporters: ['default', starter, tally],
      ...(request.name === undefined ? {} : { testNamePattern: request.name }),
    });
    // Runs the global clean-up too.
    await vitest.close();
  } finally {
    request.signal.removeEventListener('abort', onAbort);
  }
  return tally.tally;
}
