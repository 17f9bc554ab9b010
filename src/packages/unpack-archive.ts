// Unpacks the archives that packages come in: npm's .tgz, and a .zip inside one.

import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { openPromise } from 'yauzl';
import { Failure } from '../failure.ts';

/** Unpacks the plain files of a .tgz into `folder`, without the first element of their paths ('package/'). */
export async function unpackTarball(tarball: string, folder: string, signal: AbortSignal): Promise<void> {
  const unpack = extract();
  const reading = pipeline(createReadStream(tarball), createGunzip(), unpack, { signal });
  // An error of the reading side ends the loop below too, and is the one to report.
  reading.catch(() => {});
  try {
    for await (const entry of unpack) {
      const { name, type, mode } = entry.header;
      const path = normalize(name.split('/').slice(1).join('/'));
      if (type !== 'file' || path === '.') {
        entry.resume();
        continue;
      }
      await pipeline(entry, await fileIn(folder, path, mode ?? 0o644), { signal });
    }
    await reading;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Failure) throw error;
    // When the reading side broke, the loop only saw the stream end too early.
    const cause = await reading.then(
      () => error,
      (reason: unknown) => reason,
    );
    throw new Failure('download', `${tarball} is not a whole archive`, { cause });
  }
}

/**
 * Unpacks one program each: `files` maps names inside the zip to names in `folder`.
 * A name that the zip does not hold is Failure 'download'. yauzl checks lengths and checksums.
 */
export async function unzipPrograms(
  zip: string,
  folder: string,
  files: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<void> {
  const missing = new Set(Object.keys(files));
  const archive = await openPromise(zip);
  try {
    for await (const entry of archive.eachEntry()) {
      const output = Object.hasOwn(files, entry.fileName) ? files[entry.fileName] : undefined;
      if (output === undefined) continue;
      const source = await archive.openReadStreamPromise(entry);
      await pipeline(source, await fileIn(folder, output, 0o755), { signal });
      missing.delete(entry.fileName);
    }
  } finally {
    archive.close();
  }
  if (missing.size > 0) throw new Failure('download', `${zip} does not hold ${[...missing].join(', ')}`);
}

async function fileIn(folder: string, path: string, mode: number) {
  if (path.startsWith('..') || path.startsWith('/')) {
    throw new Failure('download', `the archive holds a path outside its folder: ${path}`);
  }
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  // What git and npm keep of a mode is the executable bit.
  return createWriteStream(file, { mode: mode & 0o100 ? 0o755 : 0o644 });
}
