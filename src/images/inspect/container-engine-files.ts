// The files of an engine as it shows them itself: through a container that has them mounted and never runs. For
// engines on other machines and in virtual machines, and for users who may speak with the engine but not read its
// folder. Who may make containers may read it in any case; nothing is opened that was closed.

import { createWriteStream } from 'node:fs';
import { link, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type Docker from 'dockerode';
import { extract, type Header } from 'tar-stream';
import { asResponse, engineFailure, statusCodeOf } from '../../engine/engine-call.ts';
import type { EngineFiles, FetchedPath, OpenEngineFiles, OpenFilesRequest } from './engine-files.ts';

const MOUNT = '/slipway-engine';
const LABELS = { 'dev.slipway.owner': 'slipway', 'dev.slipway.purpose': 'reads layers' };

export class ContainerEngineFiles implements EngineFiles {
  readonly title = "the engine's folder, as it shows it itself";
  readonly #docker: Docker;

  constructor(docker: Docker) {
    this.#docker = docker;
  }

  async open({ folder, image }: OpenFilesRequest, signal: AbortSignal): Promise<OpenEngineFiles | undefined> {
    // Of its own folder the engine mounts nothing that is cut off from it; without the mounts of containers below.
    const BindOptions = { Propagation: 'rslave', NonRecursive: true } as const;
    let container: Docker.Container;
    try {
      container = await this.#docker.createContainer({
        Image: image,
        // Never run; an image without a command could not be made a container of otherwise.
        Cmd: ['/slipway-reads-layers'],
        NetworkDisabled: true,
        Labels: LABELS,
        HostConfig: {
          Mounts: [{ Type: 'bind', Source: folder, Target: MOUNT, ReadOnly: true, BindOptions }],
        },
        abortSignal: signal,
      } as Docker.ContainerCreateOptions);
    } catch (error) {
      // The engine has no such folder, or forbids to mount it.
      if (!signal.aborted && statusCodeOf(error) !== undefined) return undefined;
      throw engineFailure(error, { doing: 'looking into the folder of the engine', signal });
    }
    return {
      fetch: (path, fetchSignal) => fetchFrom(container, path, fetchSignal),
      // Also after a stop.
      [Symbol.asyncDispose]: async () => void (await container.remove({ force: true }).catch(() => {})),
    };
  }
}

async function fetchFrom(
  container: Docker.Container,
  path: string,
  signal: AbortSignal,
): Promise<FetchedPath | undefined> {
  const target = await mkdtemp(join(tmpdir(), 'slipway-layer-'));
  const dispose = (): Promise<void> => rm(target, { recursive: true, force: true });
  try {
    const answer = await container.getArchive({ path: `${MOUNT}/${path}`, abortSignal: signal } as {
      path: string;
    });
    const unpacking = extract();
    unpacking.on('entry', (header, content, next) => {
      unpackEntry(header, content as unknown as NodeJS.ReadableStream, target).then(
        () => {
          content.resume();
          next();
        },
        (error: Error) => unpacking.destroy(error),
      );
    });
    await pipeline(asResponse(answer), unpacking as unknown as NodeJS.WritableStream, { signal });
    // The archive's one entry at the top has the last part of the path for a name.
    return { path: join(target, path.split('/').at(-1)!), [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    if (!signal.aborted && statusCodeOf(error) === 404) return undefined;
    throw engineFailure(error, { doing: 'reading the folder of the engine', signal });
  }
}

/** Regular files and hard links: contents are all that is asked for. */
async function unpackEntry(
  { name, type, linkname }: Header,
  content: NodeJS.ReadableStream,
  target: string,
): Promise<void> {
  const isInside = (path: string): boolean => !path.split('/').includes('..');
  if (!isInside(name) || (type !== 'file' && type !== 'contiguous-file' && type !== 'link')) return;
  const path = join(target, name);
  await mkdir(dirname(path), { recursive: true });
  if (type !== 'link') await pipeline(content, createWriteStream(path, { flags: 'wx' }));
  else if (linkname && isInside(linkname)) await link(join(target, linkname), path);
}
