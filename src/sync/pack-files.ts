// The tar archive that receive-files.sh and fill-synced.sh take.

import { TAR_END, tarHeader, tarPadding } from '../images/context/tar-header.ts';
import { isFile, isGone, type SyncItem } from './sync-set.ts';

export function packFiles(items: readonly SyncItem[]): Buffer {
  const blocks: Buffer[] = [];
  const mtimeSeconds = Math.floor(Date.now() / 1000);
  const add = (name: string, content: Buffer, mode: number): void => {
    const head = tarHeader({ name, kind: 'file', mode, sizeBytes: content.length, mtimeSeconds });
    blocks.push(head, content, tarPadding(content.length));
  };
  const files = items.filter(isFile);
  const folders = items.filter((item) => !isFile(item) && !isGone(item));
  // What lies deeper comes first: a folder can go when it is empty.
  const removed = items
    .filter(isGone)
    .map(({ place }) => place)
    .sort()
    .reverse();
  const list = (name: string, lines: readonly string[]): void =>
    add(name, Buffer.from(lines.map((line) => `${line}\n`).join('')), 0o644);
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
  for (const { place, content, executable } of files)
    add(`files/${place}`, Buffer.from(content!), executable ? 0o755 : 0o644);
  return Buffer.concat([...blocks, TAR_END]);
}
