// One question to the container engine over its HTTP API, without a client library: it must cost nothing.

import { readFile } from 'node:fs/promises';
import { request, type RequestOptions } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { EngineEndpoint } from './engine-endpoint.ts';

const DEADLINE_MS = 5000;

/** GETs a path of the engine's API. Rejects with whatever was in the way, and when no whole answer came in time (5 s). */
export async function askEngine(
  endpoint: EngineEndpoint,
  path: string,
  signal: AbortSignal,
  deadlineMs = DEADLINE_MS,
): Promise<unknown> {
  const options: RequestOptions = {
    path,
    headers: { Host: 'docker' },
    signal: AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]),
  };
  if (endpoint.tlsFolder !== undefined) Object.assign(options, await tlsOptions(endpoint));
  // Plain HTTP by a connection of our own: to import node:http loads all of fetch and WebSocket, which takes longer than
  // the question.
  else options.createConnection = () => connect(plainAddress(endpoint));
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  request(options, (response) => {
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

function plainAddress({
  url,
  socketPath,
}: EngineEndpoint): { path: string } | { host: string; port: number } {
  if (socketPath !== undefined) return { path: socketPath };
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port || 2375) };
}

async function tlsOptions({ url, tlsFolder = '' }: EngineEndpoint): Promise<object> {
  const { hostname, port } = new URL(url);
  const read = (name: string): Promise<Buffer | undefined> =>
    readFile(join(tlsFolder, name)).catch(() => undefined);
  const [ca, cert, key] = await Promise.all([read('ca.pem'), read('cert.pem'), read('key.pem')]);
  return { host: hostname, port: port || 2376, ca, cert, key };
}
