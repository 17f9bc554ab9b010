// Random values for generated secrets.
import { randomBytes, randomInt } from 'node:crypto';

/**
 * `bytes` random bytes as URL-safe base64; with an alphabet, as many of its characters as carry that much
 * randomness.
 */
export function generateValue(bytes: number, alphabet?: string): string {
  if (alphabet === undefined) return randomBytes(bytes).toString('base64url');
  const characters = [...alphabet];
  if (new Set(characters).size < 2) throw new Error('an alphabet needs two different characters');
  const length = Math.ceil((bytes * 8) / Math.log2(characters.length));
  return Array.from({ length }, () => characters[randomInt(characters.length)]).join('');
}
