// What a bench is. Every file in test/bench/ is one: it exports a `bench`.

import type { CommandRunner } from '../../../src/process/command-runner.ts';

export interface Bench {
  /** For `--only`, and of its part of the page. */
  readonly name: string;
  readonly title: string;
  /** Cleans up after itself, also when the signal stops it. */
  run(scene: BenchScene): Promise<Measured | NotMeasured>;
}

export interface BenchScene {
  readonly signal: AbortSignal;
  readonly env: NodeJS.ProcessEnv;
  readonly commands: CommandRunner;
  /** What is being done now, in a few words. */
  readonly report: (text: string) => void;
}

/** A bench that cannot run here, and why. */
export interface NotMeasured {
  readonly notMeasured: string;
}

export interface Measured {
  /** What was measured on what: sentences of Markdown. */
  readonly about: string;
  readonly series: readonly Series[];
  readonly goals: readonly Goal[];
}

/** Some ways to do the same. */
export interface Series {
  readonly title: string;
  readonly unit: 'ms' | 'bytes';
  readonly ways: readonly Way[];
  /** Name of the way that the others are compared with, round by round. */
  readonly against?: string;
}

export interface Way {
  readonly name: string;
  /** One for each round, in the order of rounds. */
  readonly values: readonly number[];
}

export interface Goal {
  /** 'at least 10 times as fast as kind load: 21.3'. */
  readonly text: string;
  readonly isMet: boolean;
}
