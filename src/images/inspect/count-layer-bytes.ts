// How many bytes the files of a layer have, unpacked. An engine with the containerd store tells what a layer takes on
// its disk in whole blocks, and counts compressed layers with it; the classic store counts the bytes of files.

import { Readable, type Transform, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import * as zlib from 'node:zlib';
import { extract } from 'tar-stream';
import { Failure } from '../../failure.ts';
import type { SourceLayer } from './layer-source.ts';

export async function countLayerBytes(layer: SourceLayer, signal: AbortSignal): Promise<number> {
  const archive = extract();
  let bytes = 0;
  archive.on('entry', ({ type, size = 0, linkname }, content, next) => {
    if (type === 'file' || type === 'contiguous-file') bytes += size;
    // What a link says is its content.
    if (type === 'symlink') bytes += Buffer.byteLength(linkname ?? '');
    content.on('end', next);
    content.resume();
  });
  await pipeline(
    [Readable.from(layer.read(signal)), ...unpacking(layer.mediaType), archive as unknown as Writable],
    { signal },
  );
  return bytes;
}

function unpacking(mediaType: string): Transform[] {
  if (/[.+]gzip$/.test(mediaType)) return [zlib.createGunzip()];
  if (!mediaType.endsWith('+zstd')) return [];
  // Node has it from 22.15 on.
  if (zlib.createZstdDecompress !== undefined) return [zlib.createZstdDecompress()];
  throw new Failure(
    'prerequisite',
    `a layer is compressed with zstd, which Node ${process.versions.node} cannot read`,
    {
      hint: 'Run Slipway on Node 22.15 or newer.',
    },
  );
}
