// Lines of logs for people: each with its origin, in a colour that stays that origin's.

import picocolors from 'picocolors';
import { printable } from './printable.ts';

const HUES = ['cyan', 'magenta', 'blue', 'green', 'yellow'] as const;

/** Hands out colours in the order in which origins speak first. */
export function logPainter(colors: boolean): (origin: string, line: string) => string {
  const paint = picocolors.createColors(colors);
  const origins = new Map<string, number>();
  return (origin, line) => {
    const index = origins.get(origin) ?? origins.size;
    origins.set(origin, index);
    return `${paint[HUES[index % HUES.length]!](`${origin} │`)} ${printable(line, { colors })}`;
  };
}
