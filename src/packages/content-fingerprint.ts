// The 12 hex digits that name an artifact: equal content, equal digits.

import { createHash } from 'node:crypto';
import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** 12 hex digits of a SHA-256 over the parts; each part is any JSON value, and keys may come in any order. */
export function fingerprintOf(...parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts, sortedKeys)).digest('hex').slice(0, 12);
}

/** What stands for a folder in a fingerprint: for each file, in order of path, its path, mode and content digest. */
export async function folderContent(
  folder: string,
  include: (relativePath: string) => boolean = () => true,
): Promise<string[]> {
  const lines: string[] = [];
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    const relative = path.slice(folder.length + 1);
    if (!include(relative)) continue;
    if (entry.isSymbolicLink()) {
      lines.push(`${relative} link ${await readlink(path)}`);
    } else if (entry.isFile()) {
      // Only what git keeps of a mode: a checkout under another umask is the same content.
      const mode = (await stat(path)).mode & 0o100 ? 'executable' : 'file';
      const digest = createHash('sha256')
        .update(await readFile(path))
        .digest('hex');
      lines.push(`${relative} ${mode} ${digest}`);
    }
  }
  return lines.sort();
}

function sortedKeys(_key: string, value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
