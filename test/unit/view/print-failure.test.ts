import { describe, expect, test } from 'vitest';
import { Failure } from '../../../src/failure.ts';
import { exitCodeOf } from '../../../src/exit-codes.ts';
import { printFailure } from '../../../src/view/print-failure.ts';
import { MemoryStream } from '../../support/memory-stream.ts';

function printed(error: unknown): string[] {
  const stream = new MemoryStream();
  printFailure(error, stream);
  return stream.lines;
}

describe('printFailure', () => {
  test('shows message, details and hint of a Failure, without a stack', () => {
    const failure = new Failure('build', 'image a could not be built:\nstep 4', {
      details: ['npm error x', 'two\nlines'],
      hint: 'Look at it',
    });
    expect(printed(failure)).toEqual([
      '✖ image a could not be built:',
      '  step 4',
      '  │ npm error x',
      '  │ two',
      '  │ lines',
      '  Look at it',
    ]);
  });

  test('shows anything else as a bug, with its stack', () => {
    const lines = printed(new TypeError('x is undefined'));
    expect(lines[0]).toMatch(/^This is a bug in Slipway/);
    expect(lines[1]).toBe('TypeError: x is undefined');
    expect(lines[2]).toMatch(/^ {4}at /);
  });

  test('says nothing of an interrupt', () => {
    expect(printed(new Failure('interrupted', 'interrupted by SIGINT'))).toEqual([]);
  });
});

describe('exitCodeOf', () => {
  test.each([
    ['a Failure', new Failure('config', 'x'), 1],
    ['an interrupt', new Failure('interrupted', 'x'), 130],
    ['an abort that nobody translated', new DOMException('x', 'AbortError'), 130],
    ['a bug', new TypeError('x'), 70],
    ['something thrown that is no error', 'x', 70],
  ] as const)('of %s', (_name, error, code) => {
    expect(exitCodeOf(error)).toBe(code);
  });
});
