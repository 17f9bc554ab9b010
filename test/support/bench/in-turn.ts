// Measures several ways to do the same, each once in every round.

import type { Way } from './bench.ts';

export interface InTurn {
  readonly rounds: number;
  /** By name of the way: does it once, and gives what it took. `round` counts from 0. */
  readonly ways: Readonly<Record<string, (round: number) => Promise<number>>>;
  readonly signal: AbortSignal;
  readonly report: (text: string) => void;
}

/** Each round begins with another way: what the first one warms up must not always help the same one. */
export async function inTurn({ rounds, ways, signal, report }: InTurn): Promise<Way[]> {
  const names = Object.keys(ways);
  const values = new Map(names.map((name) => [name, [] as number[]]));
  for (let round = 0; round < rounds; round += 1) {
    const first = round % names.length;
    for (const name of [...names.slice(first), ...names.slice(0, first)]) {
      signal.throwIfAborted();
      report(`round ${round + 1} of ${rounds}: ${name}`);
      values.get(name)!.push(await ways[name]!(round));
    }
  }
  return names.map((name) => ({ name, values: values.get(name)! }));
}

/** How long it takes, in milliseconds. */
export async function timed(act: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await act();
  return performance.now() - startedAt;
}
