// The ways to bring an image into a node that are compared.

import { setTimeout as sleep } from 'node:timers/promises';
import { ArchiveLayerSource } from '../../../src/images/inspect/archive-layer-source.ts';
import { connectEngine, observeEngine } from '../../../src/engine/connect-engine.ts';
import { ContainerEngineFiles } from '../../../src/images/inspect/container-engine-files.ts';
import { DeltaImageLoader } from '../../../src/images/load/delta-image-loader.ts';
import { ExecNodeTransport } from '../../../src/images/load/exec-node-transport.ts';
import type { ImageLoader } from '../../../src/images/load/image-loader.ts';
import type { LayerSource } from '../../../src/images/inspect/layer-source.ts';
import { OverlayLayerSource } from '../../../src/images/inspect/overlay-layer-source.ts';
import { findEngineEndpoint } from '../../../src/engine/engine-endpoint.ts';
import type { RealCluster } from '../real-cluster.ts';
import type { BenchScene } from './bench.ts';

export interface LoadWay {
  readonly name: string;
  /** Rejects where it can tell that it did not work; gives the bytes sent where it knows them. */
  readonly load: (reference: string) => Promise<number | undefined>;
}

export const OURS = 'Slipway';
export const KIND = 'kind load docker-image';
export const SAVE = 'docker save + ctr images import';

export interface LoadWays {
  readonly peers: readonly LoadWay[];
  /** The product's choice first, then what it falls back to. */
  readonly ours: readonly LoadWay[];
}

export async function loadWays(
  { tools, name, nodes }: RealCluster,
  { commands, env, signal }: BenchScene,
): Promise<LoadWays> {
  const { images, kind } = tools;
  const docker = await connectEngine(await findEngineEndpoint({ env, homeFolder: env['HOME'] ?? '/' }));
  const { rootFolder, architecture } = await observeEngine(docker, signal);
  const transports = [new ExecNodeTransport({ commands, docker: 'docker' })];
  const loaderOf = (source: LayerSource): ImageLoader =>
    new DeltaImageLoader({ images, sources: [source], transports, commands, docker: 'docker' });
  const shown = new OverlayLayerSource({ files: new ContainerEngineFiles(docker), rootFolder });
  const saved = new ArchiveLayerSource({ images, architecture });
  const by = (way: string, loader: ImageLoader): LoadWay => ({
    name: way,
    load: async (reference) => {
      const [report] = await loader.load({ references: [reference], nodes }, { signal, report: () => {} });
      return report?.sentBytes;
    },
  });
  const peer = (way: string, program: string, args: (reference: string) => readonly string[]): LoadWay => ({
    name: way,
    load: async (reference) => {
      await commands.run({ program, args: args(reference), signal });
      return undefined;
    },
  });
  const pipe = 'docker save "$0" | docker exec -i "$1" ctr -n k8s.io images import -';
  return {
    ours: [
      by(OURS, tools.loader),
      by(`${OURS} without root`, loaderOf(shown)),
      by(`${OURS} by docker save`, loaderOf(saved)),
    ],
    peers: [
      peer(KIND, kind, (reference) => ['load', 'docker-image', reference, '--name', name]),
      peer(SAVE, 'sh', (reference) => ['-c', pipe, reference, nodes[0]!]),
    ],
  };
}

/** Takes an image off the node with all its layers, so that it can be loaded for the first time once more. */
export async function forgetImage(
  node: string,
  { reference, id }: { readonly reference: string; readonly id: string },
  { commands, signal }: Pick<BenchScene, 'commands' | 'signal'>,
): Promise<void> {
  const inNode = async (script: string): Promise<string> => {
    const args = ['exec', node, 'sh', '-c', script, reference, id];
    return (await commands.run({ program: 'docker', args, signal })).stdout;
  };
  // An import leaves other names of the same image, and CRI adds one. The last removal waits for what it sets free.
  await inNode(`
    ctr='ctr -n k8s.io images'
    target=$($ctr ls | awk -v name="$0" '$1 == name { print $3 }')
    $ctr rm --sync $($ctr ls | awk -v target="$target" '$3 == target { print $1 }') "$1" >&2`);
  const deadline = performance.now() + 60_000;
  // What is still there would make the next load too quick.
  while ((await inNode('ctr -n k8s.io content ls -q')).includes(id)) {
    if (performance.now() > deadline) throw new Error(`${node} does not let go of ${reference}`);
    await sleep(200);
  }
}
