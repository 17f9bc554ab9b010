import { describe, expect, test } from 'vitest';
import { formatHelp, parseOptions, type CommandSpec } from '../../../src/cli/option-spec.ts';

const spec: CommandSpec = {
  name: 'down',
  summary: 'Takes everything away.',
  options: {
    'keep-images': { type: 'flag', description: 'keeps images' },
    images: { type: 'text', value: '<where>', description: 'where from', choices: ['auto', 'registry'] },
    tail: { type: 'number', value: '<lines>', description: 'lines' },
    verbose: { type: 'flag', short: 'v', description: 'says more' },
  },
  positionals: ['<service>'],
};
const first = (_word: string, words: readonly string[]): string => words[0]!;
const parse = (...argv: string[]) => parseOptions(spec, argv, first);

describe('parseOptions', () => {
  test('reads flags, values in both spellings, and positionals', () => {
    const options = parse('backend', '--keep-images', '--images=auto', '--tail', '20');
    expect([...options.flags]).toEqual(['keep-images']);
    expect(Object.fromEntries(options.texts)).toEqual({ images: 'auto', tail: '20' });
    expect(options.positionals).toEqual(['backend']);
  });

  test('an option with a letter is read in both spellings, and the help shows both', () => {
    for (const spelling of ['-v', '--verbose']) expect([...parse(spelling).flags]).toEqual(['verbose']);
    expect(formatHelp(spec)).toMatch(/-v, --verbose +says more/);
  });

  test('refuses an unknown option and names the nearest one', () => {
    expect(() => parse('--keep-image')).toThrow(
      expect.objectContaining({ code: 'usage', hint: 'Did you mean --keep-images? See --help.' }),
    );
  });

  test.each(['--constructor', '--__proto__=1', '--toString', '--hasOwnProperty'])(
    'an option that every object has is unknown: %s',
    (option) => {
      expect(() => parse(option)).toThrow(expect.objectContaining({ code: 'usage' }));
    },
  );

  test.each([
    [['--images=nowhere'], 'takes auto, registry'],
    [['--images'], 'needs a value'],
    [['--tail', 'ten'], 'takes a whole number'],
    [['--keep-images=yes'], 'takes no value'],
    [['a', 'b'], "unexpected argument 'b'"],
    [['-x'], 'unknown option -x'],
  ])('refuses %j: %s', (argv, message) => {
    expect(() => parse(...argv)).toThrow(message);
  });
});

test('formatHelp lists every option with its choices', () => {
  expect(formatHelp(spec)).toMatch(
    /Usage: slipway down \[options\] <service>[\s\S]*--images <where> {2}where from \(auto \| registry\)/,
  );
});
