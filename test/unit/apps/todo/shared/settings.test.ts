import { describe, expect, test } from 'vitest';
import { numberSetting, portSetting, urlSetting } from '../../../../../apps/todo/shared/settings.ts';

describe('numberSetting', () => {
  const bounds = { default: 5, minimum: 0, maximum: 10 };

  test('gives the default when the variable is absent or empty', () => {
    expect(numberSetting({}, 'N', bounds)).toBe(5);
    expect(numberSetting({ N: '' }, 'N', bounds)).toBe(5);
  });

  test('takes the bounds themselves', () => {
    expect(numberSetting({ N: '0' }, 'N', bounds)).toBe(0);
    expect(numberSetting({ N: '10' }, 'N', bounds)).toBe(10);
  });

  test.each(['11', '-1', '1.5', 'many'])('refuses %s and names the variable', (text) => {
    expect(() => numberSetting({ N: text }, 'N', bounds)).toThrow(/^N must be a whole number from 0 to 10/);
  });
});

describe('urlSetting', () => {
  test('drops trailing slashes, so that paths can be put behind it', () => {
    expect(urlSetting({ U: 'http://backend-svc:8000//' }, 'U')).toBe('http://backend-svc:8000');
  });

  test('falls back to the default, and fails when there is none', () => {
    expect(urlSetting({}, 'U', 'http://a')).toBe('http://a');
    expect(() => urlSetting({}, 'U')).toThrow('U must be set');
  });

  test('does not show the value of a bad URL, which may hold a password', () => {
    expect(() => urlSetting({ U: 'geheim@postgres' }, 'U')).toThrow(/^U is not a URL$/);
  });
});

test('portSetting gives the own port of the service without PORT', () => {
  expect(portSetting({}, 8000)).toBe(8000);
  expect(portSetting({ PORT: '9' }, 8000)).toBe(9);
});
