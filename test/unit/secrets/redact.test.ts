import { describe, expect, test } from 'vitest';
import { Redactor } from '../../../src/secrets/redact.ts';

const secret = 'p@ss/wörd+1?&x';

function redactorOf(...secrets: string[]): Redactor {
  const redactor = new Redactor();
  for (const each of secrets) redactor.add(each);
  return redactor;
}

describe('Redactor', () => {
  test.each([
    ['as it is', secret],
    ['in base64', Buffer.from(secret).toString('base64')],
    ['in URL-safe base64', Buffer.from(secret).toString('base64url')],
    ['in a URL', encodeURIComponent(secret)],
    ['in JSON', JSON.stringify({ secret })],
  ])('hides a secret %s', (_, form) => {
    const text = redactorOf(secret).redact(`before ${form} after`);
    expect(text).toMatch(/^before .*‹secret›.* after$/);
    expect(text).not.toContain(form);
  });

  test('hides each line of a secret of several lines', () => {
    const redactor = redactorOf('-----BEGIN KEY-----\nMIIabc\n-----END KEY-----\n');
    expect(redactor.redact('line: MIIabc')).toBe('line: ‹secret›');
  });

  test('hides all occurrences, and a long secret before the short one inside it', () => {
    const redactor = redactorOf('abcd', 'abcdefgh');
    expect(redactor.redact('abcdefgh abcd abcdefgh')).toBe('‹secret› ‹secret› ‹secret›');
  });

  test('takes a secret as text, not as a pattern', () => {
    expect(redactorOf('a.c$&d').redact('abc$&d a.c$&d')).toBe('abc$&d ‹secret›');
  });

  test('leaves text alone where nothing is secret, and values too short to be secrets', () => {
    expect(redactorOf('', 'abc').redact('abc and more')).toBe('abc and more');
  });
});

test('every text of an event is redacted, and the event stays what it is', () => {
  const event = {
    type: 'note',
    level: 'note',
    'a note': ['it says note', { deep: 'note', count: 4, none: undefined }],
    said: 'a"b\\c\nd',
  };
  expect(redactorOf('note', 'a"b\\c').redactEvent(event)).toEqual({
    type: 'note',
    level: '‹secret›',
    'a note': ['it says ‹secret›', { deep: '‹secret›', count: 4, none: undefined }],
    said: '‹secret›\nd',
  });
});
