// dist/: what the package runs. Every module lies in dist/ itself, for src/package-folder.ts finds the package by that.

import { copyFile, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { rolldown } from 'rolldown';

const root = join(import.meta.dirname, '../..');
const dist = join(root, 'dist');

export async function buildPackage(): Promise<void> {
  await rm(dist, { recursive: true, force: true });
  await bundle({
    slipway: 'src/cli/main.ts',
    'config-worker': 'src/config/config-worker.ts',
  });
  await bundle({ polyfills: 'scripts/build/polyfills.ts' });
  await copyFile(join(root, 'package-lock.json'), join(dist, 'package-lock.json'));
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
