// The blocks of a tar archive, in the GNU format, which Go, GNU tar, busybox and bsdtar read alike.
//
// tar-stream is not used to write: it cuts times to 32 bits (after 2038) and breaks those before 1970, and it takes
// names as text only.

import { bytesOfPath } from './path-bytes.ts';

export interface TarHeader {
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'link';
  /** Permissions with set-user-id, set-group-id and sticky bits. */
  readonly mode: number;
  /** Of a file; 0 if absent. */
  readonly sizeBytes?: number;
  /** Since 1970; may be negative. 0 if absent. */
  readonly mtimeSeconds?: number;
  /** Of a link. */
  readonly target?: string | undefined;
}

const BLOCK_BYTES = 512;
const NAME_BYTES = 100;

/** Ends an archive. */
export const TAR_END = Buffer.alloc(2 * BLOCK_BYTES);

const TYPES = { file: '0', link: '2', folder: '5', longTarget: 'K', longName: 'L' } as const;

/** The header of an entry, with what comes before it for long names. Owners are root. */
export function tarHeader({
  name,
  kind,
  mode,
  sizeBytes = 0,
  mtimeSeconds = 0,
  target = '',
}: TarHeader): Buffer {
  const nameBytes = Buffer.from(bytesOfPath(kind === 'folder' ? `${name}/` : name));
  const targetBytes = Buffer.from(bytesOfPath(target));
  return Buffer.concat([
    ...(targetBytes.length > NAME_BYTES ? longRecord('longTarget', targetBytes) : []),
    ...(nameBytes.length > NAME_BYTES ? longRecord('longName', nameBytes) : []),
    block({ name: nameBytes, type: TYPES[kind], mode, sizeBytes, mtimeSeconds, target: targetBytes }),
  ]);
}

/** What fills the last block of a content of this size. */
export function tarPadding(sizeBytes: number): Buffer {
  return Buffer.alloc((BLOCK_BYTES - (sizeBytes % BLOCK_BYTES)) % BLOCK_BYTES);
}

function longRecord(type: 'longTarget' | 'longName', bytes: Buffer): Buffer[] {
  // The name ends with a zero byte, which counts.
  const sizeBytes = bytes.length + 1;
  const head = {
    name: Buffer.from('././@LongLink'),
    type: TYPES[type],
    mode: 0o644,
    sizeBytes,
    mtimeSeconds: 0,
    target: Buffer.alloc(0),
  };
  return [block(head), bytes, Buffer.alloc(1), tarPadding(sizeBytes)];
}

interface Block {
  readonly name: Buffer;
  readonly type: string;
  readonly mode: number;
  readonly sizeBytes: number;
  readonly mtimeSeconds: number;
  readonly target: Buffer;
}

function block({ name, type, mode, sizeBytes, mtimeSeconds, target }: Block): Buffer {
  const bytes = Buffer.alloc(BLOCK_BYTES);
  name.copy(bytes, 0, 0, NAME_BYTES);
  writeNumber(bytes, 100, 8, mode);
  writeNumber(bytes, 108, 8, 0);
  writeNumber(bytes, 116, 8, 0);
  writeNumber(bytes, 124, 12, sizeBytes);
  writeNumber(bytes, 136, 12, mtimeSeconds);
  bytes.write('        ', 148);
  bytes.write(type, 156);
  target.copy(bytes, 157, 0, NAME_BYTES);
  bytes.write('ustar  \0', 257, 'latin1');
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return bytes;
}

/** Octal as far as it goes, else binary with the highest bit set ("base-256"), two's complement where negative. */
function writeNumber(bytes: Buffer, at: number, length: number, value: number): void {
  const octal = value.toString(8);
  if (value >= 0 && octal.length < length) {
    bytes.write(`${octal.padStart(length - 1, '0')}\0`, at, 'latin1');
    return;
  }
  let rest = BigInt.asUintN(length * 8, BigInt(value));
  for (let index = length - 1; index >= 0; index--) {
    bytes[at + index] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  bytes[at] = (bytes[at]! & 0x7f) | 0x80 | (value < 0 ? 0xff : 0);
}
