// A client of the container engine at a given address, and what kind of engine it is.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import Docker from 'dockerode';
import { Failure } from '../failure.ts';
import { engineFailure, getJson } from './engine-call.ts';

/** For the adapters in this folder: what it is stays in here. */
export type EngineClient = Docker;

export interface EngineAddress {
  /** 'unix:///var/run/docker.sock' or 'tcp://host:port', as DOCKER_HOST has it. */
  readonly url: string;
  /** Folder with ca.pem, cert.pem and key.pem; a tcp connection uses TLS when it is given. */
  readonly tlsFolder?: string | undefined;
}

/** Nothing is sent yet: an engine that is not there shows at the first call. */
export async function connectEngine({ url, tlsFolder }: EngineAddress): Promise<Docker> {
  // docker-modem fills every option that is absent from DOCKER_* variables of the process, so that a DOCKER_HOST
  // would beat the socket path given here: all are given, those that do not apply as undefined.
  const options = {
    socketPath: undefined,
    host: undefined,
    port: undefined,
    protocol: 'http',
    pathPrefix: '/',
    username: undefined,
    ca: undefined,
    cert: undefined,
    key: undefined,
    // Of silence, in milliseconds: a step of a build may say nothing for long.
    timeout: 1_800_000,
    ...(await addressOptions(url, tlsFolder)),
  };
  try {
    return new Docker(options as Docker.DockerOptions);
  } catch (cause) {
    // docker-modem reads the variables in any case, and throws on a DOCKER_HOST or DOCKER_CERT_PATH that is broken.
    throw new Failure(
      'prerequisite',
      `the DOCKER_* environment variables are not valid: ${(cause as Error).message}`,
      {
        cause,
      },
    );
  }
}

async function addressOptions(url: string, tlsFolder: string | undefined): Promise<object> {
  if (url.startsWith('unix://')) return { socketPath: url.slice('unix://'.length) };
  if (url.startsWith('npipe://')) return { socketPath: url.slice('npipe://'.length) };
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol === 'ssh:')
    throw new Failure(
      'prerequisite',
      `the container engine at ${url} is reached by ssh, which is not supported`,
      {
        hint: `Forward its socket (ssh -nNT -L /tmp/docker.sock:/var/run/docker.sock ${parsed.host}) and set DOCKER_HOST=unix:///tmp/docker.sock.`,
      },
    );
  if (!parsed || !/^(tcp|https?):$/.test(parsed.protocol) || parsed.hostname === '')
    throw new Failure('prerequisite', `'${url}' is not the address of a container engine`, {
      hint: 'Set DOCKER_HOST to unix:///path/to/docker.sock or tcp://host:port.',
    });
  if (tlsFolder === undefined) return { host: parsed.hostname, port: parsed.port || 2375 };
  const read = (name: string): Promise<Buffer> =>
    readFile(join(tlsFolder, name)).catch((cause: Error) => {
      throw new Failure(
        'prerequisite',
        `the TLS files of the container engine cannot be read: ${cause.message}`,
        {
          cause,
        },
      );
    });
  const [ca, cert, key] = await Promise.all(['ca.pem', 'cert.pem', 'key.pem'].map(read));
  return { host: parsed.hostname, port: parsed.port || 2376, protocol: 'https', ca, cert, key };
}

export interface EngineFacts {
  /** As the engine gives it: '20.10.24+dfsg1'. */
  readonly version: string;
  readonly apiVersion: string;
  /** As Go calls it: 'amd64'. */
  readonly architecture: string;
  readonly storageDriver: string;
  /** Absolute path as the engine sees it. */
  readonly rootFolder: string;
  /** True when images are kept by containerd: their ids are then manifest digests. */
  readonly containerdStore: boolean;
  readonly cgroupVersion: 1 | 2;
  readonly cpus: number;
  readonly memoryBytes: number;
}

/** Asks the engine about itself; Failure 'engine' when it does not answer. */
export async function observeEngine(docker: Docker, signal: AbortSignal): Promise<EngineFacts> {
  try {
    const [version, info] = await Promise.all([
      getJson<{ Version: string; ApiVersion: string; Arch?: string }>(docker, '/version', signal),
      getJson<{
        Driver?: string;
        DockerRootDir?: string;
        DriverStatus?: [string, string][] | null;
        CgroupVersion?: string;
        NCPU?: number;
        MemTotal?: number;
      }>(docker, '/info', signal),
    ]);
    return {
      version: version.Version,
      apiVersion: version.ApiVersion,
      architecture: version.Arch ?? '',
      storageDriver: info.Driver ?? '',
      rootFolder: info.DockerRootDir ?? '',
      containerdStore: (info.DriverStatus ?? []).some(
        ([name, value]) => name === 'driver-type' && value.startsWith('io.containerd.snapshotter'),
      ),
      cgroupVersion: info.CgroupVersion === '2' ? 2 : 1,
      cpus: info.NCPU ?? 0,
      memoryBytes: info.MemTotal ?? 0,
    };
  } catch (error) {
    throw engineFailure(error, { doing: 'asking the container engine about itself', signal });
  }
}
