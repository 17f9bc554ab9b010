import fc from 'fast-check';
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { quoteArgument, quoteCommand, redactText } from '../../../scripts/process/quote-command.ts';

test('plain words stay as they are, everything else is quoted', () => {
  expect(quoteCommand('helm', ['install', '--set=a.b=1', 'a b', "it's", ''])).toBe(
    `helm install --set=a.b=1 'a b' 'it'\\''s' ''`,
  );
});

test('a shell reads each argument back unchanged', () => {
  const argument = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0'));
  fc.assert(
    fc.property(fc.array(argument, { minLength: 1, maxLength: 20 }), (args) => {
      const script = `printf '%s\\0' ${args.map(quoteArgument).join(' ')}`;
      const read = execFileSync('bash', ['-c', script], { encoding: 'utf8' });
      expect(read.split('\0').slice(0, -1)).toEqual(args);
    }),
    { numRuns: 40 },
  );
});

test('secrets are hidden, the longer one first, and an empty one matches nothing', () => {
  expect(redactText('token-long token', ['token', 'token-long', ''])).toBe('*** ***');
  expect(quoteCommand('login', ['-p', "a'b"], ["a'b"])).toBe(`login -p '***'`);
});
