// Pure: what validation finds. All problems are collected, never only the first.

import { Failure } from '../failure.ts';

export interface Problem {
  /** Where in the config: 'environments.todo.releases.backend.needs[0]'. */
  readonly path: string;
  readonly message: string;
}

/** Throws one Failure 'config' that lists every problem with its path; returns when there is none. */
export function refuseProblems(problems: readonly Problem[], file: string): void {
  if (problems.length === 0) return;
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  throw new Failure('config', `${file} has ${count}`, {
    details: problems.map((problem) => `${problem.path}: ${problem.message}`),
    hint: `Correct the listed places in ${file}.`,
  });
}
