// The one printer of errors.

import type { Writable } from 'node:stream';
import { inspect } from 'node:util';
import picocolors from 'picocolors';
import { isInterrupt } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import { printable } from './printable.ts';

/** What is shown of a failure: a Failure has these fields, and so has the event of a failed step. */
export interface ShownFailure {
  readonly message: string;
  readonly hint?: string | undefined;
  readonly details: readonly string[];
}

/**
 * Prints to the stream (standard error) and ends nothing: the exit code is the runner's.
 * An interrupt is not printed: whoever pressed Ctrl+C knows, and the view has said what is kept.
 */
export function printFailure(
  error: unknown,
  stream: Writable,
  options: { readonly colors?: boolean } = {},
): void {
  if (isInterrupt(error)) return;
  const { colors = false } = options;
  stream.write(`${printable(errorLines(error, colors).join('\n'), { colors })}\n`);
}

/** Message, details behind a bar, hint. */
export function failureLines(failure: ShownFailure, colors = false): string[] {
  const paint = picocolors.createColors(colors);
  const [first = '', ...rest] = printable(failure.message).split('\n');
  return [
    `${paint.red('✖')} ${paint.bold(first)}`,
    ...rest.map((line) => `  ${line}`),
    ...failure.details
      .flatMap((detail) => printable(detail).split('\n'))
      .map((line) => `  ${paint.dim('│')} ${line}`),
    ...(failure.hint === undefined
      ? []
      : printable(failure.hint)
          .split('\n')
          .map((line) => `  ${paint.cyan(line)}`)),
  ];
}

function errorLines(error: unknown, colors: boolean): string[] {
  if (error instanceof Failure) return failureLines(error, colors);
  return [
    'This is a bug in Slipway. Please report it with what follows:',
    ...printable(inspect(error, { depth: 4 })).split('\n'),
  ];
}
