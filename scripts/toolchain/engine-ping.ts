// Asks the container engine who it is, over its socket, without a client library: it must cost nothing.

import { readFile } from 'node:fs/promises';
import { request as requestHttp, type RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { Failure } from '../failure.ts';
import type { EngineEndpoint } from './engine-endpoint.ts';

const deadlineMs = 5000;
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

async function askEngine(endpoint: EngineEndpoint, path: string, signal: AbortSignal): Promise<unknown> {
  const options: RequestOptions = {
    path,
    headers: { Host: 'docker' },
    signal: AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]),
  };
  if (endpoint.socketPath !== undefined) options.socketPath = endpoint.socketPath;
  else Object.assign(options, await tcpOptions(endpoint));
  const ask = endpoint.tlsFolder === undefined ? requestHttp : requestHttps;
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  ask(options, (response) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('error', reject);
    response.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      if (response.statusCode !== 200)
        return reject(new Error(`answered ${response.statusCode}: ${text.slice(0, 200)}`));
      try {
        resolve(JSON.parse(text));
      } catch {
        reject(new Error(`answered something else than JSON: ${text.slice(0, 200)}`));
      }
    });
  })
    .on('error', reject)
    .end();
  return promise;
}

async function tcpOptions({ url, tlsFolder }: EngineEndpoint): Promise<object> {
  const { hostname, port } = new URL(url);
  if (tlsFolder === undefined) return { host: hostname, port: port || 2375 };
  const read = (name: string): Promise<Buffer | undefined> =>
    readFile(join(tlsFolder, name)).catch(() => undefined);
  const [ca, cert, key] = await Promise.all([read('ca.pem'), read('cert.pem'), read('key.pem')]);
  return { host: hostname, port: port || 2376, ca, cert, key };
}
