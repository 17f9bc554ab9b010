// For tests with a real container engine: `beforeEach(needEngine)`, or first thing in a test.

import { inject, type TestContext } from 'vitest';

/** Skips the test with the reason where no container engine answers. */
export function needEngine(context: TestContext): void {
  const problem = inject('engineProblem');
  if (problem) context.skip(problem);
}
