import { describe, expect, test } from 'vitest';
import { readYaml, readYamlDocuments } from '../../../src/kubernetes/read-yaml.ts';

// Each answer is what helm 4.1 makes of the same text: `.Files.Get | fromYaml | toJson`.
describe('as helm reads it', () => {
  test.each([
    ['of two equal keys the last', 'a: 1\na: 2', { a: 2 }],
    [
      'a merge overrides what stands before it',
      'b: &b {x: 1}\nm: {x: 9, <<: *b}',
      { b: { x: 1 }, m: { x: 1 } },
    ],
    [
      'what stands behind a merge stays',
      'b: &b {x: 1, y: 2}\nm: {<<: *b, x: 9}',
      { b: { x: 1, true: 2 }, m: { x: 9, true: 2 } },
    ],
    ['of several merged maps the first wins', 'm: {<<: [{q: 1}, {q: 2, r: 3}]}', { m: { q: 1, r: 3 } }],
    [
      'booleans of YAML 1.1',
      'a: [yes, No, on, OFF, y, n, True, tRUE, "yes"]',
      { a: [true, false, true, false, true, false, true, 'tRUE', 'yes'] },
    ],
    [
      'numbers of any base',
      'a: [0o17, 017, 0x1F, 0b11, 1_000, 08, 0o8, -017, +12, 0b, 00]',
      { a: [15, 15, 31, 3, 1000, 8, '0o8', -15, 12, '0b', 0] },
    ],
    ['no base 60', 'a: [12:30, 1:20:30]', { a: ['12:30', '1:20:30'] }],
    [
      'dates as text',
      'a: [2001-01-01, 2001-12-14t21:59:43.10-05:00]',
      { a: ['2001-01-01', '2001-12-14t21:59:43.10-05:00'] },
    ],
    [
      'floats',
      'a: [1e3, .5, 1., -.5, 1_0.5, 1.5e, 0.1.2, e3]',
      { a: [1000, 0.5, 1, -0.5, 10.5, '1.5e', '0.1.2', 'e3'] },
    ],
    ['nothing', 'a: [~, null, NULL]\nb:', { a: [null, null, null], b: null }],
    [
      'keys as text',
      '1: a\ntrue: b\nyes: c\n1.5: d\n2001-01-01: e',
      { 1: 'a', true: 'c', 1.5: 'd', '2001-01-01': 'e' },
    ],
    ['tags', 'a: !!binary aGVsbG8=\nb: !!str 123\nc: !!int "12"', { a: 'hello', b: '123', c: 12 }],
    ['what only looks odd', 'a: [=, "<<", +]', { a: ['=', '<<', '+'] }],
    ['line ends of Windows', 'a: 1\r\nb: |\r\n  x\r\n  y\r\n', { a: 1, b: 'x\ny\n' }],
    ['a byte order mark', '\uFEFFa: 1', { a: 1 }],
  ])('%s', (_title, text, value) => {
    expect(readYaml(text)).toEqual(value);
  });

  test('a key called __proto__ is a key', () => {
    expect(Object.keys(readYaml('__proto__: {a: 1}') as object)).toEqual(['__proto__']);
  });
});

test('whole numbers of 64 bits are kept to the last digit where that is asked for', () => {
  const text = 'a: [9007199254740993, 18446744073709551615, 12]';
  const [exact] = readYamlDocuments(text, { isExact: true });
  expect(exact?.value).toEqual({ a: [9007199254740993n, 18446744073709551615n, 12] });
  expect(readYaml(text)).toEqual({ a: [9007199254740992, 18446744073709552000, 12] });
});

test('documents of comments alone hold nothing', () => {
  const text = '# a\n---\n# b\n---\n\n---\na: 1\n---\n';
  expect(readYamlDocuments(text).flatMap(({ value }) => value ?? [])).toEqual([{ a: 1 }]);
});

test.each([
  ['an anchor within itself', 'a: &a [*a]', /contains itself/],
  ['an unknown anchor', 'a: *b', /[Uu]nresolved alias|no anchor/],
  ['a map as key', '? {a: 1}\n: b', /neither text nor number/],
  ['a key of nothing', 'null: a', /neither text nor number/],
  ['a merge of text', 'a: {<<: b}', /only maps/],
  [
    'a bomb of aliases',
    `a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n${Array.from({ length: 8 }, (_, index) => `a${index + 1}: &a${index + 1} [${Array(10).fill(`*a${index}`).join(', ')}]`).join('\n')}`,
    /too much/,
  ],
])('%s is refused', (_title, text, message) => {
  expect(() => readYaml(text)).toThrow(message);
});
