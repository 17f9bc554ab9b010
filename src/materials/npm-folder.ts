// The npm packages in a folder of the cache: the one that was unpacked there and those that it brings along.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Component } from './material.ts';
import { npmUrl } from './package-url.ts';

const packageSchema = z.object({ name: z.string().min(1), version: z.string().min(1) });

/** Not each package.json is that of a package: some only say how the files beside them are to be loaded. */
const PACKAGE_FILE = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/@][^/]*\/package\.json$|^package\.json$/;

/** @param paths of all files, relative to the folder. What has no name and version is passed over. */
export async function readNpmPackages(folder: string, paths: readonly string[]): Promise<Component[]> {
  const found: Component[] = [];
  for (const path of paths.filter((name) => PACKAGE_FILE.test(name))) {
    const { data } = packageSchema.safeParse(parseJson(await readFile(join(folder, path), 'utf8')));
    if (data === undefined) continue;
    const { name, version } = data;
    found.push({ kind: 'npm package', name, version, purl: npmUrl(name, version) });
  }
  return found;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
