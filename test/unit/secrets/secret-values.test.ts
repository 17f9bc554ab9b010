import { describe, expect, test } from 'vitest';
import { resolveSecretValues, type SecretInputs } from '../../../src/secrets/secret-values.ts';

const inputs = { existing: {}, environment: {}, generate: (bytes: number) => `random-${bytes}` };
const resolve = (changes: Partial<SecretInputs> & Pick<SecretInputs, 'keys'>) =>
  resolveSecretValues({ ...inputs, ...changes });

describe('generated values', () => {
  const keys = { password: { generate: { bytes: 24 } } };

  test('are made when missing', () => {
    expect(resolve({ keys })).toEqual({ values: { password: 'random-24' }, problems: [] });
  });

  test('are kept when they exist', () => {
    expect(resolve({ keys, existing: { password: 'old' } }).values).toEqual({ password: 'old' });
  });
});

describe('values from the environment', () => {
  const keys = { token: { fromEnv: 'TOKEN' }, other: { fromEnv: 'OTHER', optional: true } };

  test('are taken from it, over what exists', () => {
    const found = resolve({ keys, existing: { token: 'old' }, environment: { TOKEN: 'new' } });
    expect(found).toEqual({ values: { token: 'new' }, problems: [] });
  });

  test('stay when the variable is gone', () => {
    expect(resolve({ keys, existing: { token: 'old' } }).values).toEqual({ token: 'old' });
  });

  test('are a problem when they are needed and not to be had, also as an empty text', () => {
    expect(resolve({ keys, environment: { TOKEN: '' } }).problems).toEqual([
      'token: the variable TOKEN is not set',
    ]);
  });
});

describe('templates', () => {
  const password = { generate: { bytes: 8 } };

  test('are filled with other keys, whatever the order, and anew each time', () => {
    const keys = { url: { template: 'postgresql://todo:{{ password }}@db/{{password}}' }, password };
    const existing = { url: 'outdated', password: 'p$&w' };
    expect(resolve({ keys, existing }).values['url']).toBe('postgresql://todo:p$&w@db/p$&w');
  });

  test('that cannot be filled are problems, all of them', () => {
    const keys = {
      a: { template: '{{nothing}} {{b}}' },
      b: { template: '{{token}}' },
      token: { fromEnv: 'TOKEN', optional: true },
    };
    expect(resolve({ keys }).problems).toEqual([
      'a: there is no key nothing',
      'a: b is a template itself',
      'b: token has no value, because TOKEN is not set',
    ]);
  });
});
