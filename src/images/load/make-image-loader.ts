// Puts the image loader together for the engine that is there.

import type Docker from 'dockerode';
import type { CommandRunner } from '../../process/command-runner.ts';
import { DeltaImageLoader } from './delta-image-loader.ts';
import { engineFailure, getJson } from '../../engine/engine-call.ts';
import { ExecNodeTransport } from './exec-node-transport.ts';
import type { ImageStore } from '../image-store.ts';
import { layerSources } from '../inspect/layer-sources.ts';
import { SocketNodeTransport, type RunningContainer } from './socket-node-transport.ts';

export interface ImageLoaderParts {
  readonly docker: Docker;
  readonly images: ImageStore;
  readonly commands: CommandRunner;
}

/** Asks the engine where it keeps its images; sends nothing. */
export async function makeImageLoader(
  { docker, images, commands }: ImageLoaderParts,
  signal: AbortSignal,
): Promise<DeltaImageLoader> {
  const transports = [
    new SocketNodeTransport({
      inspect: (name, inspectSignal) => inspectContainer(docker, name, inspectSignal),
      procFolder: '/proc',
    }),
    new ExecNodeTransport({ commands, docker: 'docker' }),
  ];
  const sources = await layerSources(docker, images, signal);
  return new DeltaImageLoader({ images, sources, transports, commands, docker: 'docker' });
}

async function inspectContainer(
  docker: Docker,
  name: string,
  signal: AbortSignal,
): Promise<RunningContainer> {
  try {
    const path = `/containers/${name}/json`;
    const { Id, State } = await getJson<{ Id: string; State: { Pid: number } }>(docker, path, signal);
    return { id: Id, pid: State.Pid };
  } catch (error) {
    throw engineFailure(error, { doing: `looking at node ${name}`, signal });
  }
}
