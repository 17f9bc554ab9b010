import { describe, expect, test } from 'vitest';
import { archiveSizeBytes, parseTarSplit } from '../../../../src/images/inspect/tar-split.ts';

/** As Go's encoder writes it: fields in this order, one value a line. */
const segment = (bytes: string) =>
  `{"type":2,"payload":"${Buffer.from(bytes).toString('base64')}","position":0}\n`;
const file = (name: string, size: number) =>
  `{"type":1,"name":${JSON.stringify(name)},"size":${size},"payload":"i4VPAlyhhT4=","position":1}\n`;
const empty = (name: string) => `{"type":1,"name":${JSON.stringify(name)},"payload":null,"position":1}\n`;
const bytes = (text: string) => ({ kind: 'bytes', bytes: Buffer.from(text) });

test('a record is segments with files between them; files without content have no piece', () => {
  const record = segment('head') + file('./app/a b', 7) + segment('x') + empty('./link') + segment('');
  expect(parseTarSplit(record)).toEqual([
    bytes('head'),
    { kind: 'file', path: './app/a b', sizeBytes: 7 },
    bytes('x'),
    bytes(''),
  ]);
  expect(parseTarSplit('')).toEqual([]);
});

test('a name that is not UTF-8 cannot be read', () => {
  const record = '{"type":1,"name_raw":"/w==","size":3,"payload":"AAAA","position":1}\n';
  expect(parseTarSplit(record)).toBeUndefined();
});

test.each(['{"type":3}\n', 'no JSON\n', '{"type":2\n'])('what is no record is refused: %s', (record) => {
  expect(() => parseTarSplit(record)).toThrow();
});

describe('archiveSizeBytes', () => {
  test.each([
    ['nothing', ''],
    ['segments of every length of base64', segment('') + segment('a') + segment('ab') + segment('abc')],
    ['files and links', file('./a', 10) + empty('./link') + file('./b', 1_234_567_890_123)],
    ['no line end', `${segment('abcd')}${file('./a', 3)}`.trimEnd()],
    ['names that look like fields', file('./,"size":99,"payload":"AAAA"', 5) + empty('{"type":2,"size":7')],
  ])('is the sum of the pieces: %s', (_what, record) => {
    const sum = parseTarSplit(record)!.reduce(
      (total, piece) => total + (piece.kind === 'bytes' ? piece.bytes.length : piece.sizeBytes),
      0,
    );
    expect(archiveSizeBytes(record)).toBe(sum);
  });

  test('what is no record is refused', () => {
    expect(() => archiveSizeBytes('{"type":7}\n')).toThrow(TypeError);
  });
});
