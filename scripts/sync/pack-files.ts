// The tar archive that receive-files.sh and fill-synced.sh take.

import { buffer } from 'node:stream/consumers';
import type { Readable } from 'node:stream';
import { pack } from 'tar-stream';
import { isFile, isGone, type SyncItem } from './sync-set.ts';

export async function packFiles(items: readonly SyncItem[]): Promise<Buffer> {
  const archive = pack();
  const files = items.filter(isFile);
  const folders = items.filter((item) => !isFile(item) && !isGone(item));
  // What lies deeper comes first: a folder can go when it is empty.
  const removed = items
    .filter(isGone)
    .map(({ place }) => place)
    .sort()
    .reverse();
  const list = (name: string, lines: readonly string[]): void =>
    void archive.entry({ name }, lines.map((line) => `${line}\n`).join(''));
  list(
    'sums',
    files.map(({ place, state }) => `${state.slice(0, 64)}  ${place}`),
  );
  list(
    'added',
    files.map(({ place }) => place),
  );
  list('removed', removed);
  list(
    'folders',
    folders.map(({ place }) => place),
  );
  const mtime = new Date();
  for (const { place, content, executable } of files)
    archive.entry({ name: `files/${place}`, mode: executable ? 0o755 : 0o644, mtime }, Buffer.from(content!));
  archive.finalize();
  return buffer(archive as unknown as Readable);
}
