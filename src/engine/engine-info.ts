// Asks the container engine about itself, over its socket.

import { z } from 'zod';
import { Failure } from '../failure.ts';
import { askEngine } from './ask-engine.ts';
import type { EngineEndpoint } from './engine-endpoint.ts';

const infoSchema = z.object({
  Driver: z.string(),
  CgroupVersion: z.string().default('1'),
  CgroupDriver: z.string().default(''),
  DefaultRuntime: z.string().default(''),
  OperatingSystem: z.string().default(''),
  DockerRootDir: z.string().default(''),
  NCPU: z.number().default(0),
  MemTotal: z.number().default(0),
});

export interface EngineInfo {
  readonly storageDriver: string;
  readonly cgroupVersion: string;
  readonly cgroupDriver: string;
  readonly defaultRuntime: string;
  readonly operatingSystem: string;
  readonly dataFolder: string;
  readonly cpus: number;
  readonly memoryBytes: number;
}

/** What the engine tells of itself; rejects with Failure 'engine' when it does not answer. */
export async function observeEngineInfo(endpoint: EngineEndpoint, signal: AbortSignal): Promise<EngineInfo> {
  const info = await askEngine(endpoint, '/info', signal)
    .then((answer) => infoSchema.parse(answer))
    .catch((cause: unknown) => {
      signal.throwIfAborted();
      throw new Failure('engine', `the container engine at ${endpoint.url} does not tell about itself`, {
        cause,
      });
    });
  return {
    storageDriver: info.Driver,
    cgroupVersion: info.CgroupVersion,
    cgroupDriver: info.CgroupDriver,
    defaultRuntime: info.DefaultRuntime,
    operatingSystem: info.OperatingSystem,
    dataFolder: info.DockerRootDir,
    cpus: info.NCPU,
    memoryBytes: info.MemTotal,
  };
}
