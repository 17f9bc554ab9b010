// Where sources of a Dockerfile lead through links of the context: builders follow those that they meet on the way to a
// source, and the last one, too.

import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { cleanPath, compilePattern } from './docker-ignore.ts';
import { bytesOfPath, pathOfBytes } from './path-bytes.ts';

/** As many as an operating system follows, and more: then it is a circle, of which builders say so. */
const MOST_LINKS = 255;

/** The patterns and what they come to by links; undefined where that cannot be told: then everything counts. */
export async function followSources(
  contextFolder: string,
  sources: readonly string[] | undefined,
): Promise<readonly string[] | undefined> {
  const all = new Set(sources);
  // A set is walked in the order in which it grows.
  for (const source of all) {
    if (source.includes('**')) return undefined;
    for (const target of await linksAlong(contextFolder, source.split('/'))) {
      if (target === '') return undefined;
      all.add(target);
    }
    if (all.size > MOST_LINKS + (sources?.length ?? 0)) return undefined;
  }
  return sources === undefined ? undefined : [...all].sort();
}

async function linksAlong(root: string, segments: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  let folders = [''];
  for (const [index, segment] of segments.entries()) {
    const rest = segments.slice(index + 1);
    const next: string[] = [];
    for (const folder of folders)
      for (const name of await namesIn(join(root, folder), segment)) {
        const path = folder === '' ? name : `${folder}/${name}`;
        const kind = await lstat(bytesOfPath(join(root, path))).catch(() => undefined);
        if (kind?.isDirectory() && rest.length > 0) next.push(path);
        if (!kind?.isSymbolicLink()) continue;
        const target = pathOfBytes(await readlink(bytesOfPath(join(root, path)), 'buffer'));
        // The context is the root of everything there, for what begins with a slash and for too many '..'.
        const whole = target.startsWith('/') ? target : `/${folder}/${target}`;
        found.push(
          [
            cleanPath(whole)
              .slice(1)
              .replaceAll(/[*?[\]\\]/g, '\\$&'),
            ...rest,
          ]
            .filter((part) => part !== '')
            .join('/'),
        );
      }
    folders = next;
  }
  return found;
}

async function namesIn(folder: string, segment: string): Promise<string[]> {
  if (!/[*?[\]\\]/.test(segment)) return [segment];
  const matches = compilePattern(segment);
  const names = await readdir(folder, { encoding: 'buffer' }).catch(() => []);
  return names.map(pathOfBytes).filter(matches);
}
