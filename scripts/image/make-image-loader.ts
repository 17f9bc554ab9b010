// Puts the image loader together for the engine that is there.

import type Docker from 'dockerode';
import type { CommandRunner } from '../process/command-runner.ts';
import { ArchiveLayerSource } from './archive-layer-source.ts';
import { observeEngine } from './connect-engine.ts';
import { ContainerEngineFiles } from './container-engine-files.ts';
import { ContentLayerSource } from './content-layer-source.ts';
import { DeltaImageLoader } from './delta-image-loader.ts';
import { engineFailure, getJson } from './engine-call.ts';
import type { EngineFiles } from './engine-files.ts';
import { ExecNodeDoor } from './exec-node-door.ts';
import type { ImageStore } from './image-store.ts';
import type { LayerSource } from './layer-source.ts';
import { LocalEngineFiles } from './local-engine-files.ts';
import { OverlayLayerSource } from './overlay-layer-source.ts';
import { SocketNodeDoor, type RunningContainer } from './socket-node-door.ts';

export interface ImageLoaderParts {
  readonly docker: Docker;
  readonly images: ImageStore;
  readonly commands: CommandRunner;
}

const CONTENT_STORE = 'io.containerd.content.v1.content';

/** Asks the engine where it keeps its images; sends nothing. */
export async function makeImageLoader(
  { docker, images, commands }: ImageLoaderParts,
  signal: AbortSignal,
): Promise<DeltaImageLoader> {
  const doors = [
    new SocketNodeDoor({
      inspect: (name, inspectSignal) => inspectContainer(docker, name, inspectSignal),
      procFolder: '/proc',
    }),
    new ExecNodeDoor({ commands, docker: 'docker' }),
  ];
  const sources = await layerSources(docker, images, signal);
  return new DeltaImageLoader({ images, sources, doors, commands, docker: 'docker' });
}

/** From the quickest on: files of this machine, files that the engine shows, a whole export. */
async function layerSources(docker: Docker, images: ImageStore, signal: AbortSignal): Promise<LayerSource[]> {
  const { rootFolder, storageDriver, containerdStore, architecture } = await observeEngine(docker, signal);
  // The engine's own containerd, the one of the machine, the one of Docker Desktop.
  const folders = [
    `${rootFolder}/containerd/daemon`,
    '/var/lib/containerd',
    '/var/lib/desktop-containerd/daemon',
  ];
  const eyes: EngineFiles[] = [new LocalEngineFiles(), new ContainerEngineFiles(docker)];
  return [
    ...eyes.flatMap((files): LayerSource[] => {
      if (containerdStore)
        return [
          new ContentLayerSource({
            files,
            folders: folders.map((folder) => `${folder}/${CONTENT_STORE}`),
            architecture,
          }),
        ];
      return storageDriver === 'overlay2' ? [new OverlayLayerSource({ files, rootFolder })] : [];
    }),
    new ArchiveLayerSource({ images, architecture }),
  ];
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
