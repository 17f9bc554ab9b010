// The ways to take images of an engine apart, for the engine that is there.

import type Docker from 'dockerode';
import { ArchiveLayerSource } from './archive-layer-source.ts';
import { observeEngine } from '../../engine/connect-engine.ts';
import { ContainerEngineFiles } from './container-engine-files.ts';
import { ContentLayerSource } from './content-layer-source.ts';
import type { EngineFiles } from './engine-files.ts';
import type { ImageStore } from '../image-store.ts';
import type { LayerSource } from './layer-source.ts';
import { LocalEngineFiles } from './local-engine-files.ts';
import { OverlayLayerSource } from './overlay-layer-source.ts';

const CONTENT_STORE = 'io.containerd.content.v1.content';

/** From the quickest on: files of this machine, files that the engine shows, a whole export. */
export async function layerSources(
  docker: Docker,
  images: ImageStore,
  signal: AbortSignal,
): Promise<LayerSource[]> {
  const { rootFolder, storageDriver, containerdStore, architecture } = await observeEngine(docker, signal);
  // The engine's own containerd, the one of the machine, the one of Docker Desktop.
  const folders = [
    `${rootFolder}/containerd/daemon`,
    '/var/lib/containerd',
    '/var/lib/desktop-containerd/daemon',
  ];
  const observers: EngineFiles[] = [new LocalEngineFiles(), new ContainerEngineFiles(docker)];
  return [
    ...observers.flatMap((files): LayerSource[] => {
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
