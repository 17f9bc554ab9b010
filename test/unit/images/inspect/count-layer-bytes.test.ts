import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import type { Readable } from 'node:stream';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { expect, test } from 'vitest';
import { countLayerBytes } from '../../../../src/images/inspect/count-layer-bytes.ts';

const { signal } = new AbortController();

async function archive(): Promise<Buffer> {
  const tar = pack();
  tar.entry({ name: 'folder', type: 'directory' });
  tar.entry({ name: 'folder/a' }, randomBytes(100_001));
  tar.entry({ name: `${'long/'.repeat(60)}b` }, 'b');
  tar.entry({ name: 'hard', type: 'link', linkname: 'folder/a' });
  tar.entry({ name: 'soft', type: 'symlink', linkname: 'folder/a' });
  tar.entry({ name: '.wh.gone' }, '');
  tar.finalize();
  return buffer(tar as unknown as Readable);
}

test.each([
  ['as it is', 'application/vnd.oci.image.layer.v1.tar', (bytes: Buffer) => bytes],
  ['by gzip', 'application/vnd.oci.image.layer.v1.tar+gzip', gzipSync],
  ['by gzip, as Docker calls it', 'application/vnd.docker.image.rootfs.diff.tar.gzip', gzipSync],
  ['by zstd', 'application/vnd.oci.image.layer.v1.tar+zstd', zstdCompressSync],
])(
  'the bytes of files and links count once, however the layer is packed: %s',
  async (_title, mediaType, packed) => {
    const bytes = packed(await archive());
    const layer = {
      ...{ mediaType, digest: 'sha256:1', diffId: 'sha256:2', size: bytes.length },
      async *read() {
        yield bytes.subarray(0, 1000);
        yield bytes.subarray(1000);
      },
    };
    expect(await countLayerBytes(layer, signal)).toBe(100_001 + 1 + 'folder/a'.length);
  },
);
