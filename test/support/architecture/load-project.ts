// The files that are ours: tracked by git, or new and not ignored.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Project } from './rule.ts';
import { parseSourceFile } from './source-file.ts';

const SOURCE = /\.(ts|mjs)$/;

export function loadProject(folder: string): Project {
  const paths = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
    .split('\0')
    .filter((path) => path !== '' && existsSync(join(folder, path)));
  const texts = new Map<string, string>();
  for (const path of paths) {
    const bytes = readFileSync(join(folder, path));
    // Binary files are there, but they have no lines.
    texts.set(path, bytes.subarray(0, 8000).includes(0) ? '' : bytes.toString('utf8'));
  }
  return { texts, sources: parseSources(texts) };
}

/** For tests of the rules: a project of a few files that are nowhere. */
export function inMemoryProject(files: Readonly<Record<string, string>>): Project {
  const texts = new Map(Object.entries(files));
  return { texts, sources: parseSources(texts) };
}

function parseSources(texts: ReadonlyMap<string, string>): Project['sources'] {
  return [...texts].filter(([path]) => SOURCE.test(path)).map(([path, text]) => parseSourceFile(path, text));
}
