// dist/: what the package runs. Every module lies in dist/ itself, for src/package-folder.ts finds the package by that.

import { execFile } from 'node:child_process';
import { copyFile, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { rolldown } from 'rolldown';
import { configJsonSchema } from '../../src/config/config-json-schema.ts';

const root = join(import.meta.dirname, '../..');
const dist = join(root, 'dist');

export async function buildPackage(): Promise<void> {
  await rm(dist, { recursive: true, force: true });
  await bundle({
    slipway: 'src/cli/main.ts',
    index: 'src/index.ts',
    'config-worker': 'src/config/config-worker.ts',
  });
  await bundle({ polyfills: 'scripts/build/polyfills.ts' });
  await copyFile(join(root, 'package-lock.json'), join(dist, 'package-lock.json'));
  await writeFile(join(dist, 'config.schema.json'), `${JSON.stringify(configJsonSchema(), null, 2)}\n`);
  await declareTypes();
}

async function bundle(input: Readonly<Record<string, string>>): Promise<void> {
  const { dependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    dependencies: Readonly<Record<string, string>>;
  };
  const isExternal = (id: string): boolean =>
    id.startsWith('node:') ||
    Object.keys(dependencies).some((name) => id === name || id.startsWith(`${name}/`));
  const build = await rolldown({
    cwd: root,
    input,
    external: isExternal,
    platform: 'node',
    transform: { target: 'node20.19' },
  });
  await build.write({
    dir: dist,
    format: 'esm',
    entryFileNames: '[name].mjs',
    chunkFileNames: '[name]-[hash].mjs',
  });
  await build.close();
}

/** Types of the public API, each file of them beside those that it names. */
async function declareTypes(): Promise<void> {
  const tsc = join(root, 'node_modules/.bin/tsc');
  await promisify(execFile)(tsc, ['--project', join(root, 'scripts/build/tsconfig.json')]);
  for (const entry of await readdir(join(dist, 'types'), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    // tsc leaves './a.ts' in declarations, which only a project with allowImportingTsExtensions can read.
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replaceAll(/( from '\.[^']*)\.ts'/g, "$1.js'"));
  }
}
