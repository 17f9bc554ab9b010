import { describe, expect, test } from 'vitest';
import { parseLogFilter, parseSince } from '../../../src/logs/log-filter.ts';

const known = { services: ['backend', 'frontend'], beside: ['daprd'] };
const wanted = (text: string): string[] =>
  ['backend/main', 'backend/daprd', 'frontend/main', 'dapr/operator'].filter((source) => {
    const [service = '', container = ''] = source.split('/');
    return parseLogFilter(text, known)({ service, container });
  });

describe('parseLogFilter', () => {
  test.each([
    ['all', ['backend/main', 'frontend/main']],
    ['none', []],
    ['backend', ['backend/main']],
    ['backend,frontend', ['backend/main', 'frontend/main']],
    ['backend/daprd, frontend', ['backend/daprd', 'frontend/main']],
  ])('%s', (text, expected) => {
    expect(wanted(text)).toEqual(expected);
  });

  test('names the services that there are when one is not known', () => {
    expect(() => parseLogFilter('bakend', known)).toThrow(
      expect.objectContaining({ code: 'usage', hint: 'There is: backend, frontend.' }),
    );
  });
});

describe('parseSince', () => {
  test.each([
    ['90', 90_000],
    ['30s', 30_000],
    ['5m', 300_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
  ])('%s', (text, ms) => {
    expect(parseSince(text)).toBe(ms);
  });

  test.each(['', 'soon', '5 m', '-1m', '1.5h'])('refuses %j', (text) => {
    expect(() => parseSince(text)).toThrow(expect.objectContaining({ code: 'usage' }));
  });
});
