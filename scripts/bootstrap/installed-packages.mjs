// Compares what npm says it has installed with what the lockfile names.

import * as fs from 'node:fs';
import { join } from 'node:path';

const readJson = (file) => {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
};

/** Whether npm itself has installed what the lockfile names, so that it need not be done again. */
export function isInstalledAlready(root) {
  const installed = readJson(join(root, 'node_modules', '.package-lock.json'))?.packages;
  const wanted = readJson(join(root, 'package-lock.json'))?.packages;
  if (!installed || !wanted) return false;
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === '') continue;
    const there = installed[path];
    if (there === undefined && !entry.optional) return false;
    if (there === undefined) continue;
    if (there.version !== entry.version || there.integrity !== entry.integrity) return false;
    if (!fs.existsSync(join(root, path, 'package.json'))) return false;
  }
  return Object.keys(installed).every((path) => path in wanted);
}
