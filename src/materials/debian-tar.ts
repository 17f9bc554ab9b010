// Reads the list of packages out of the tar file of a Debian tree, without unpacking it.

import { createReadStream } from 'node:fs';
import { normalize } from 'node:path/posix';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import { Failure } from '../failure.ts';
import { parseDpkgStatus } from './dpkg-status.ts';
import type { Component } from './material.ts';
import { debianUrl } from './package-url.ts';

/** dpkg's own list, and the folder that takes its place in trees without dpkg. */
const LISTS = /^var\/lib\/dpkg\/status(\.d\/[^/]+)?$/;
/** Each package brings one, named after itself. */
const COPYRIGHT = /^usr\/share\/doc\/([^/]+)\/copyright$/;

/**
 * Packages that were unpacked without dpkg's knowing are told by their copyright files, without versions.
 * Rejects with Failure 'state' where the file cannot be read to its end, or holds no such list.
 */
export async function readDebianPackages(tar: string, signal: AbortSignal): Promise<Component[]> {
  const unpack = extract();
  const reading = pipeline(createReadStream(tar), unpack, { signal });
  // An error of the reading side ends the loop below too, and is looked at there.
  reading.catch(() => {});
  const lists: string[] = [];
  const unpacked: string[] = [];
  try {
    for await (const entry of unpack) {
      const path = normalize(entry.header.name);
      const isList = entry.header.type === 'file' && LISTS.test(path);
      unpacked.push(...(COPYRIGHT.exec(path)?.slice(1) ?? []));
      // Streams of streamx, which behave as Node's do.
      if (isList) lists.push(await text(entry as unknown as Readable));
      else entry.resume();
    }
    await reading;
  } catch (cause) {
    signal.throwIfAborted();
    throw new Failure('state', 'is no whole tar file', { cause });
  }
  if (lists.length === 0) throw new Failure('state', 'holds no list of Debian packages');
  const listed = lists.flatMap(parseDpkgStatus);
  const known = new Set(listed.map(({ name }) => name));
  const unlisted = unpacked.filter((name) => !known.has(name));
  return [
    ...listed,
    ...unlisted.map((name): Component => {
      return { kind: 'Debian package', name, version: '', purl: debianUrl(name, '', '') };
    }),
  ];
}
