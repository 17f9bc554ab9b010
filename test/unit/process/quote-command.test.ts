import fc from 'fast-check';
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import {
  quoteArgument,
  quoteCommand,
  redactText,
  shownArgument,
} from '../../../src/process/quote-command.ts';

test('plain words stay as they are, everything else is quoted', () => {
  expect(quoteCommand('helm', ['install', '--set=a.b=1', 'a b', "it's", ''])).toBe(
    `helm install --set=a.b=1 'a b' 'it'\\''s' ''`,
  );
});

test('a shell reads each argument back unchanged', () => {
  const argument = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0'));
  fc.assert(
    // Many to a shell: starting one takes longest.
    fc.property(fc.array(argument, { minLength: 1, maxLength: 400 }), (args) => {
      const script = `printf '%s\\0' ${args.map(quoteArgument).join(' ')}`;
      const read = execFileSync('bash', ['-c', script], { encoding: 'utf8' });
      expect(read.split('\0').slice(0, -1)).toEqual(args);
    }),
    { numRuns: 4 },
  );
});

test('what people paste is one line that nothing acts on, and a shell reads it back unchanged', () => {
  const odd = fc.constantFrom(
    '\n',
    '\u001b[2J',
    '\u202e',
    "'",
    '\\',
    '$',
    '`',
    ' ',
    ';',
    '#',
    '?',
    '%41',
    ':',
    'é',
    '\u2028',
    '👩‍👧',
  );
  const argument = fc
    .array(fc.oneof(odd, fc.string()), { maxLength: 6 })
    .map((parts) => parts.join(''))
    .filter((text) => !text.includes('\0'));
  fc.assert(
    fc.property(fc.array(argument, { minLength: 1, maxLength: 200 }), (args) => {
      const shown = args.map(shownArgument).join(' ');
      expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      const read = execFileSync('bash', ['-c', `printf '%s\\0' ${shown}`], {
        encoding: 'utf8',
        env: { LC_ALL: 'C.UTF-8' },
      });
      expect(read.split('\0').slice(0, -1)).toEqual(args);
    }),
    { numRuns: 4 },
  );
});

test('secrets are hidden, the longer one first, and an empty one matches nothing', () => {
  expect(redactText('token-long token', ['token', 'token-long', ''])).toBe('*** ***');
  expect(quoteCommand('login', ['-p', "a'b"], ["a'b"])).toBe(`login -p '***'`);
});
