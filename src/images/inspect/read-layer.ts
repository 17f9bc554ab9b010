// The bytes of a layer's archive, put together again or copied, and proven by their digest.

import { createHash } from 'node:crypto';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as breathe } from 'node:timers/promises';
import { Failure } from '../../failure.ts';
import type { LayerPiece } from './tar-split.ts';

const CHUNK_BYTES = 1 << 20;

/**
 * The archive that these pieces describe, in chunks of 1 MiB. `folder` holds the files.
 * Reads synchronously, a chunk at a time: a layer of node_modules is ten thousand files, and a turn of the thread
 * pool for each open, read and close would take ten times as long as reading them does.
 */
export async function* assembleLayer(
  folder: string,
  pieces: readonly LayerPiece[],
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  let chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  let filled = 0;
  for (const piece of pieces) {
    using source = piece.kind === 'file' ? openFile(join(folder, piece.path)) : undefined;
    const sizeBytes = piece.kind === 'file' ? piece.sizeBytes : piece.bytes.length;
    for (let done = 0; done < sizeBytes;) {
      const wanted = Math.min(sizeBytes - done, CHUNK_BYTES - filled);
      if (piece.kind === 'bytes') chunk.set(piece.bytes.subarray(done, done + wanted), filled);
      const got = source ? readSync(source.descriptor, chunk, filled, wanted, done) : wanted;
      if (got === 0) throw new Failure('load', `a file in ${folder} is shorter than its layer says`);
      done += got;
      filled += got;
      if (filled < CHUNK_BYTES) continue;
      yield chunk;
      signal.throwIfAborted();
      await breathe();
      chunk = Buffer.allocUnsafe(CHUNK_BYTES);
      filled = 0;
    }
  }
  if (filled > 0) yield chunk.subarray(0, filled);
}

/** Passes the bytes on; fails at their end, before the last chunk is out, when they are not what they should be. */
export async function* verified(
  bytes: AsyncIterable<Uint8Array>,
  expected: { readonly digest: string; readonly size: number },
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  let held: Uint8Array | undefined;
  for await (const chunk of bytes) {
    hash.update(chunk);
    sizeBytes += chunk.length;
    if (held) yield held;
    held = chunk;
  }
  const digest = `sha256:${hash.digest('hex')}`;
  if (digest !== expected.digest || sizeBytes !== expected.size)
    throw new Failure(
      'load',
      `a layer of the engine is not what its digest says: ${digest} (${sizeBytes} bytes), not ${expected.digest} (${expected.size} bytes)`,
    );
  if (held) yield held;
}

function openFile(path: string): Disposable & { readonly descriptor: number } {
  // What an image has in place of a file must neither lead elsewhere nor block.
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  return { descriptor, [Symbol.dispose]: () => closeSync(descriptor) };
}
