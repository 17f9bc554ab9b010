// One question to the container engine over its HTTP API, without a client library: it must cost nothing.

import { readFile } from 'node:fs/promises';
import { request, type RequestOptions } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { EngineEndpoint } from './engine-endpoint.ts';

const DEADLINE_MS = 5000;

/** The engine has answered, and not with what was asked for. */
export class EngineRefusal extends Error {
  override readonly name = 'EngineRefusal';
  readonly statusCode: number;

  constructor(statusCode: number, message: string) {
    super(message);
    this.statusCode = statusCode;
  }
}

/** The engine took the question and gave no whole answer in time. */
export class EngineSilence extends Error {
  override readonly name = 'EngineSilence';
}

/**
 * GETs a path of the engine's API. Rejects with EngineRefusal, EngineSilence when no whole answer came in time (5 s), or
 * whatever else was in the way.
 */
export async function askEngine(
  endpoint: EngineEndpoint,
  path: string,
  signal: AbortSignal,
  deadlineMs = DEADLINE_MS,
): Promise<unknown> {
  const answer = await callEngine(endpoint, { method: 'GET', path, deadlineMs }, signal);
  const text = answer.toString();
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new Error(`answered something else than JSON: ${text.slice(0, 200)}`);
  }
}

export interface EngineCall {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly deadlineMs?: number;
}

/** The whole body of a good answer. */
export async function callEngine(
  endpoint: EngineEndpoint,
  { method, path, body, deadlineMs = DEADLINE_MS }: EngineCall,
  signal: AbortSignal,
): Promise<Buffer> {
  const deadline = AbortSignal.timeout(deadlineMs);
  const text = body === undefined ? undefined : JSON.stringify(body);
  const options: RequestOptions = {
    method,
    path,
    headers: {
      Host: 'docker',
      ...(text === undefined
        ? {}
        : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) }),
    },
    signal: AbortSignal.any([signal, deadline]),
  };
  if (endpoint.tlsFolder !== undefined) Object.assign(options, await tlsOptions(endpoint));
  // Plain HTTP by a connection of our own: to import node:http loads all of fetch and WebSocket, which takes longer than
  // the question.
  else options.createConnection = () => connect(plainAddress(endpoint));
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  request(options, (response) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('error', reject);
    response.on('end', () => {
      const whole = Buffer.concat(chunks);
      const { statusCode = 0 } = response;
      if (statusCode === 200 || statusCode === 201) return resolve(whole);
      reject(new EngineRefusal(statusCode, `answered ${statusCode}: ${messageIn(whole.toString())}`));
    });
  })
    .on('error', reject)
    .end(text);
  return promise.catch((error: unknown) => {
    if (deadline.aborted && !signal.aborted)
      throw new EngineSilence(
        `gave no answer to ${method} ${path.split('?')[0]} within ${deadlineMs / 1000} s`,
      );
    throw error;
  });
}

/** The engine says what is wrong as `{"message": …}`; something else that answers in its place does not. */
function messageIn(text: string): string {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    if (typeof message === 'string') return message.slice(0, 300);
  } catch {
    // No JSON.
  }
  return text.slice(0, 200);
}

function plainAddress({
  url,
  socketPath,
}: EngineEndpoint): { path: string } | { host: string; port: number } {
  if (socketPath !== undefined) return { path: socketPath };
  const { hostname, port } = new URL(url);
  return { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port || 2375) };
}

async function tlsOptions({ url, tlsFolder = '' }: EngineEndpoint): Promise<object> {
  const { hostname, port } = new URL(url);
  const read = (name: string): Promise<Buffer | undefined> =>
    readFile(join(tlsFolder, name)).catch(() => undefined);
  const [ca, cert, key] = await Promise.all([read('ca.pem'), read('cert.pem'), read('key.pem')]);
  return { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: port || 2376, ca, cert, key };
}
