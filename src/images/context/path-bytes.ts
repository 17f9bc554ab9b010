// File names as text. Linux takes any bytes for a name; those that are no UTF-8 are kept as lone surrogates
// (0x80 → U+DC80), so that two names never become one, and the bytes can be had back.

import { isUtf8 } from 'node:buffer';

/** What Node puts in the place of bytes that are no UTF-8: where it appears, the bytes have to be asked for. */
export const REPLACEMENT = '\uFFFD';

export function pathOfBytes(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString();
  let path = '';
  for (let at = 0; at < bytes.length;) {
    const length = lengthOfCharacter(bytes[at]!);
    const character = bytes.subarray(at, at + length);
    if (character.length === length && isUtf8(character)) {
      path += character.toString();
      at += length;
    } else path += String.fromCharCode(0xdc00 + bytes[at++]!);
  }
  return path;
}

/** As file system calls take it: text wherever the name is text. */
export function bytesOfPath(path: string): string | Buffer {
  if (path.isWellFormed()) return path;
  const parts = Array.from(path, (character) => {
    const code = character.charCodeAt(0);
    const isByte = character.length === 1 && code >= 0xdc80 && code <= 0xdcff;
    return isByte ? Buffer.from([code - 0xdc00]) : Buffer.from(character);
  });
  return Buffer.concat(parts);
}

function lengthOfCharacter(first: number): number {
  if (first < 0x80) return 1;
  if (first < 0xe0) return 2;
  return first < 0xf0 ? 3 : 4;
}
