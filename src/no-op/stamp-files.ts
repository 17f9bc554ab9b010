// What tells without reading them that files are as they were: sizes, times and inodes of all that lies in a folder.

import { lstatSync, readdirSync, statSync, type Stats } from 'node:fs';
import { join } from 'node:path';

export interface Stamps {
  /** One line for each file and folder, in no order that means anything. */
  readonly lines: readonly string[];
  /** When the last of them was changed, in milliseconds since 1970; 0 for none. */
  readonly changedMs: number;
}

/** Of files and whole folders, by absolute path, links followed. What is not there has a line that says so. */
export function stampFiles(paths: Iterable<string>): Stamps {
  const lines: string[] = [];
  let changedMs = 0;
  const take = (path: string, above: readonly number[]): void => {
    const found = seenOrRefusal(() => lstatSync(path, { throwIfNoEntry: false }));
    if (found === undefined) return void lines.push(`${path} absent`);
    if (typeof found === 'string') return void lines.push(`${path} ${found}`);
    changedMs = Math.max(changedMs, found.ctimeMs, found.mtimeMs);
    lines.push(`${path} ${stampOf(found)}`);
    const target = found.isSymbolicLink()
      ? seenOrRefusal(() => statSync(path, { throwIfNoEntry: false }))
      : undefined;
    if (typeof target === 'string') return void lines.push(`${path} → ${target}`);
    if (target !== undefined) {
      lines.push(`${path} → ${stampOf(target)}`);
      changedMs = Math.max(changedMs, target.ctimeMs);
    }
    const { ino } = target ?? found;
    // What a link leads to counts as helm reads it; a circle, which it refuses, is gone round once.
    if (!(target ?? found).isDirectory() || above.includes(ino)) return;
    // Synchronous on purpose: for a thousand small answers of the kernel a promise each costs more than the answer.
    const inside = [...above, ino];
    const names = seenOrRefusal(() => readdirSync(path).sort());
    if (typeof names === 'string') return void lines.push(`${path} ${names}`);
    for (const name of names) take(join(path, name), inside);
  };
  for (const path of paths) take(path, []);
  return { lines, changedMs };
}

/** What this user may not look at decides nothing, for it cannot be read either: /root/bin on the PATH of another. */
function seenOrRefusal<T>(look: () => T): T | string {
  try {
    return look();
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!['EACCES', 'EPERM', 'ELOOP', 'ENAMETOOLONG', 'ENOTDIR'].includes(code)) throw error;
    return code;
  }
}

/** ctime too: tools can set a file's mtime back, but nobody can set its ctime. A folder's size says nothing. */
function stampOf(stat: Stats): string {
  const size = stat.isDirectory() ? 'folder' : stat.size;
  return `${size}:${stat.mode}:${stat.mtimeMs}:${stat.ctimeMs}:${stat.ino}`;
}
