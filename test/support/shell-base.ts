// A base image with a shell, made of this machine's own: real builds need something to RUN, and nothing is pulled.

import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { ImageStore } from '../../src/images/image-store.ts';

const run = promisify(execFile);
const programs = ['/bin/sh', '/bin/sleep'];

/** Builds the base under this reference: /bin/sh and /bin/sleep, with the libraries that they need. */
export async function buildShellBase(
  store: ImageStore,
  reference: string,
  labels: Readonly<Record<string, string>>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-shell-'));
  try {
    const files = new Set(programs);
    for (const program of programs) {
      const { stdout } = await run('ldd', [program]);
      for (const [library] of stdout.matchAll(/\/\S+/g)) files.add(library);
    }
    for (const file of files) {
      const target = join(folder, 'root', file);
      await mkdir(dirname(target), { recursive: true });
      await cp(await realpath(file), target);
    }
    const dockerfile = join(folder, 'Dockerfile');
    await writeFile(dockerfile, 'FROM scratch\nCOPY root /\n');
    const task = { signal: new AbortController().signal, report: () => {} };
    await store.build({ reference, contextFolder: folder, dockerfile, labels }, task);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
