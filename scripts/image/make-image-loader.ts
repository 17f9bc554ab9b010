// Puts the image loader together for the engine that is there.

import type Docker from 'dockerode';
import type { CommandRunner } from '../process/command-runner.ts';
import { DeltaImageLoader } from './delta-image-loader.ts';
import { engineFailure, getJson } from './engine-call.ts';
import { ExecNodeDoor } from './exec-node-door.ts';
import type { ImageStore } from './image-store.ts';
import type { LayerSource } from './layer-source.ts';
import { LocalEngineFiles } from './local-engine-files.ts';
import { OverlayLayerSource } from './overlay-layer-source.ts';
import { SocketNodeDoor } from './socket-node-door.ts';

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
  try {
    const info = await getJson<{ DockerRootDir: string }>(docker, '/info', signal);
    const rootFolder = info.DockerRootDir;
    const sources: LayerSource[] = [new OverlayLayerSource({ files: new LocalEngineFiles(), rootFolder })];
    const doors = [
      new SocketNodeDoor({
        inspect: async (name, inspectSignal) => {
          const { Id, State } = await getJson<{ Id: string; State: { Pid: number } }>(
            docker,
            `/containers/${name}/json`,
            inspectSignal,
          );
          return { id: Id, pid: State.Pid };
        },
        procFolder: '/proc',
      }),
      new ExecNodeDoor({ commands, docker: 'docker' }),
    ];
    return new DeltaImageLoader({ images, sources, doors, commands, docker: 'docker' });
  } catch (error) {
    throw engineFailure(error, { doing: 'asking the engine where it keeps images', signal });
  }
}
