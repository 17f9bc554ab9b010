// Pure: what a run of checks and tests came to.

export interface Skip {
  readonly title: string;
  readonly reason: string;
}

export interface TestTally {
  readonly passed: number;
  /** Titles of what failed. */
  readonly failed: readonly string[];
  readonly skipped: readonly Skip[];
}

export const emptyTally: TestTally = { passed: 0, failed: [], skipped: [] };

export function addTallies(a: TestTally, b: TestTally): TestTally {
  return {
    passed: a.passed + b.passed,
    failed: [...a.failed, ...b.failed],
    skipped: [...a.skipped, ...b.skipped],
  };
}

/** '41 passed, 0 failed, 2 skipped': stands alone on the last line, for people and for programs. */
export function closingLine(tally: TestTally): string {
  return `${tally.passed} passed, ${tally.failed.length} failed, ${tally.skipped.length} skipped`;
}

/** Every failure by its title, every skip with its reason; skips of one reason are together. */
export function tallyLines(tally: TestTally): string[] {
  const reasons = Map.groupBy(tally.skipped, (skip) => skip.reason);
  return [
    ...[...reasons].flatMap(([reason, skips]) => [
      `skipped: ${reason}`,
      ...skips.map((skip) => `  ${skip.title}`),
    ]),
    ...tally.failed.map((title) => `failed: ${title}`),
  ];
}
