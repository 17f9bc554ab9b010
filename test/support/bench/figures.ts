// Pure: figures out of what was measured.

import type { Series, Way } from './bench.ts';

export interface Figures {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** Of at least one value. */
export function figuresOf(values: readonly number[]): Figures {
  if (values.length === 0) throw new RangeError('nothing was measured');
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { min: sorted[0]!, median, max: sorted.at(-1)! };
}

/**
 * How many times as much `way` takes as `base`: the median over the rounds, of which each had both one after the
 * other, so that what else the machine did weighs on both.
 */
export function ratioOf(way: Way, base: Way): number {
  if (way.values.length !== base.values.length)
    throw new RangeError(`${way.name} and ${base.name} were not measured in the same rounds`);
  return figuresOf(way.values.map((value, round) => value / base.values[round]!)).median;
}

export function wayOf({ ways, title }: Series, name: string): Way {
  const way = ways.find((entry) => entry.name === name);
  if (!way) throw new RangeError(`${title}: there is no way called '${name}'`);
  return way;
}
