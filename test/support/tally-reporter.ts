// A vitest reporter that counts, and that lets nothing pass unseen: a file that does not load, a hook that fails,
// an error outside of any test and a skip without a reason are failures.

import type { SerializedError } from 'vitest';
import type { Reporter, TestCase, TestModule, TestSuite } from 'vitest/node';
import { addTallies, emptyTally, type Skip, type TestTally } from './test-tally.ts';

export interface TallyReporterOptions {
  /** Tests left out by a filter on names are not skips. */
  readonly hasNameFilter: boolean;
}

export class TallyReporter implements Reporter {
  readonly #options: TallyReporterOptions;
  #tally: TestTally = emptyTally;

  constructor(options: TallyReporterOptions) {
    this.#options = options;
  }

  get tally(): TestTally {
    return this.#tally;
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    for (const module of modules) this.#tally = addTallies(this.#tally, this.#ofModule(module));
    const failed = errors.map((error) => `outside of any test: ${error.message ?? 'unknown error'}`);
    this.#tally = addTallies(this.#tally, { ...emptyTally, failed });
  }

  #ofModule(module: TestModule): TestTally {
    const place = `${module.project.name} ${module.relativeModuleId}`;
    const failed: string[] = [];
    const skipped: Skip[] = [];
    let passed = 0;
    if (module.errors().length > 0) failed.push(`${place}: does not load`);
    for (const suite of module.children.allSuites()) {
      if (suite.errors().length > 0) failed.push(`${place} > ${suite.fullName}: set-up or clean-up`);
    }
    for (const test of module.children.allTests()) {
      const title = `${place} > ${test.fullName}`;
      const result = test.result();
      if (result.state === 'passed') passed += 1;
      else if (result.state === 'failed') failed.push(title);
      else if (result.state === 'skipped' && result.note) skipped.push({ title, reason: result.note });
      else if (hasBrokenParent(test)) skipped.push({ title, reason: 'its set-up failed' });
      else if (result.state === 'pending') failed.push(`${title}: did not end`);
      else if (!this.#options.hasNameFilter) failed.push(`${title}: skipped without a reason`);
    }
    return { passed, failed, skipped };
  }
}

function hasBrokenParent(test: TestCase): boolean {
  for (let parent: TestSuite | TestModule = test.parent; ; parent = parent.parent) {
    if (parent.errors().length > 0) return true;
    if (parent.type === 'module') return false;
  }
}
