// The traces of the last runs, a file each. They outlive the clusters that they tell of.

import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ChromeTrace } from './chrome-trace.ts';

const KEPT = 20;
const NAME = /^\d{8}T\d{9}Z-[\w-]+\.json$/;

export interface KeptTrace {
  /** Absolute path. */
  readonly file: string;
  readonly facts: ChromeTrace['otherData'];
}

/** Writes the trace (0600) and removes all but the last 20. Resolves with its file. */
export async function keepTrace(folder: string, trace: ChromeTrace): Promise<string> {
  const { at, command } = trace.otherData;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // Sorted by name they are sorted by time.
  const file = join(folder, `${at.replaceAll(/[-:.]/g, '')}-${command}.json`);
  const fresh = `${file}.${process.pid}.new`;
  await writeFile(fresh, JSON.stringify(trace), { mode: 0o600 });
  await rename(fresh, file);
  for (const name of (await namesIn(folder)).slice(KEPT)) await rm(join(folder, name), { force: true });
  return file;
}

/** Newest first. A file that cannot be read is left out. */
export async function listTraces(folder: string): Promise<KeptTrace[]> {
  const read = (await namesIn(folder)).map(async (name): Promise<KeptTrace[]> => {
    const file = join(folder, name);
    try {
      const { otherData } = JSON.parse(await readFile(file, 'utf8')) as ChromeTrace;
      return otherData?.path === undefined ? [] : [{ file, facts: otherData }];
    } catch {
      return [];
    }
  });
  return (await Promise.all(read)).flat();
}

async function namesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => NAME.test(name))
    .sort()
    .reverse();
}
