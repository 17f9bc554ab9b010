// The image of the pods of the suites on a real cluster.

import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { observeGoToolchain } from '../../../scripts/toolchain/go-toolchain.ts';
import type { RealCluster } from '../../support/real-cluster.ts';

const source = join(import.meta.dirname, 'pod');

/** Its name in the engine: no other cluster has it. */
export function podImageOf(clusterName: string): string {
  return `slipway.local/${clusterName}/pod:1`;
}

/** Compiles the pod, builds the image and loads it into the nodes. Its name has to be taken away again. */
export async function loadPodImage(cluster: RealCluster, signal: AbortSignal): Promise<string> {
  const { commands, images, loader } = cluster.tools;
  const task = { signal, report: (): void => {} };
  const reference = podImageOf(cluster.name);
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
    const labels = { 'dev.slipway.test': cluster.name };
    await images.build({ reference, contextFolder, dockerfile, labels }, task);
  } finally {
    await rm(contextFolder, { recursive: true, force: true });
  }
  await loader.load({ references: [reference], nodes: cluster.nodes }, task);
  return reference;
}
