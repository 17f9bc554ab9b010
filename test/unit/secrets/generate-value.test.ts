import { describe, expect, test } from 'vitest';
import { generateValue } from '../../../src/secrets/generate-value.ts';

describe('generateValue', () => {
  test('gives so many bytes as text that needs no quoting', () => {
    expect(generateValue(24)).toMatch(/^[\w-]{32}$/);
  });

  test('keeps to an alphabet, with as much randomness', () => {
    expect(generateValue(16, '0123456789')).toMatch(/^\d{39}$/);
  });

  test('is never the same', () => {
    expect(new Set(Array.from({ length: 100 }, () => generateValue(16))).size).toBe(100);
  });

  test('refuses an alphabet that leaves no choice', () => {
    expect(() => generateValue(8, 'aaa')).toThrow('two different characters');
  });
});
