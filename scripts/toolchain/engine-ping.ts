// Asks the container engine who it is, over its socket, without a client library: it must cost nothing.

import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { Failure } from '../failure.ts';
import { askEngine } from './ask-engine.ts';
import type { EngineEndpoint } from './engine-endpoint.ts';

const pollMs = 100;

const versionSchema = z.object({ Version: z.string(), ApiVersion: z.string() });
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

/** What answers at an endpoint. */
export type EngineAnswer =
  | { readonly status: 'running'; readonly version: string; readonly apiVersion: string }
  | { readonly status: 'absent'; readonly reason: string }
  | { readonly status: 'denied'; readonly reason: string };

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

/** 'absent' when nobody listens, 'denied' when this user may not ask; rejects only when cancelled. */
export async function pingEngine(endpoint: EngineEndpoint, signal: AbortSignal): Promise<EngineAnswer> {
  try {
    const { Version, ApiVersion } = versionSchema.parse(await askEngine(endpoint, '/version', signal));
    return { status: 'running', version: Version, apiVersion: ApiVersion };
  } catch (error) {
    signal.throwIfAborted();
    const { code, message } = error as NodeJS.ErrnoException;
    return { status: code === 'EACCES' || code === 'EPERM' ? 'denied' : 'absent', reason: message };
  }
}

/**
 * Waits until an engine answers and resolves with its version. Rejects with Failure 'timeout' and the last answer
 * when the deadline has passed, or with what `whyNot` gives: asked between attempts, whether waiting still makes sense.
 */
export async function waitForEngine(
  endpoint: EngineEndpoint,
  whyNot: () => Promise<Failure | undefined>,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<string> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const answer = await pingEngine(endpoint, signal);
    if (answer.status === 'running') return answer.version;
    const failure = await whyNot();
    if (failure !== undefined) throw failure;
    if (performance.now() > deadline) {
      const waited = `no container engine answered at ${endpoint.url} within ${timeoutMs / 1000} s`;
      throw new Failure('timeout', `${waited}: ${answer.reason}`);
    }
    await sleep(pollMs, undefined, { signal });
  }
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
