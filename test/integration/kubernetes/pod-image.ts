// The image of the pods of the suites on a real cluster.

import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { observeGoToolchain } from '../../../src/packages/go-toolchain.ts';
import type { RealTools } from '../../support/real-cluster.ts';

const source = join(import.meta.dirname, 'pod');

/** Compiles the pod and builds the image under this name, which has to be taken away again. */
export async function buildPodImage(
  { commands, images }: RealTools,
  reference: string,
  signal: AbortSignal,
): Promise<void> {
  const contextFolder = await mkdtemp(join(tmpdir(), 'slipway-pod-'));
  try {
    const { platform } = await observeGoToolchain(commands, signal);
    const [, architecture] = platform.split('/');
    await commands.run({
      program: 'go',
      args: ['build', '-trimpath', '-buildvcs=false', '-o', join(contextFolder, 'pod'), '.'],
      cwd: source,
      env: { CGO_ENABLED: '0', GOOS: 'linux', GOARCH: architecture, GOFLAGS: '', GOWORK: 'off' },
      signal,
    });
    const dockerfile = join(contextFolder, 'Dockerfile');
    await copyFile(join(source, 'Dockerfile'), dockerfile);
    const labels = { 'dev.slipway.test': reference };
    await images.build({ reference, contextFolder, dockerfile, labels }, { signal, report: () => {} });
  } finally {
    await rm(contextFolder, { recursive: true, force: true });
  }
}
