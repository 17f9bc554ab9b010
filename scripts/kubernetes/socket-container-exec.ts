// ContainerExec over a WebSocket to the API server, by the protocol of `kubectl exec`: the first byte of each message
// names the channel (k8s.io/apimachinery, util/remotecommand).

import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { type RawData, WebSocket } from 'ws';
import { Failure } from '../failure.ts';
import type { ApiConnection } from './api-connection.ts';
import { ApiStatus } from './api-status.ts';
import type { ContainerExec, ExecRequest, ExecSession } from './container-exec.ts';

const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const STATUS = 3;
const PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];
const HANDSHAKE_MS = 10_000;
/** Of standard error, for the reason of an end. */
const KEPT_CHARACTERS = 500;

export class SocketContainerExec implements ContainerExec {
  readonly #connection: ApiConnection;

  constructor(connection: ApiConnection) {
    this.#connection = connection;
  }

  async open(request: ExecRequest, signal: AbortSignal): Promise<ExecSession> {
    const { namespace, pod } = request;
    const doing = `run a program in pod ${namespace}/${pod}`;
    const stopped = (): Failure => new Failure('interrupted', `stopped: ${doing}`);
    if (signal.aborted) throw stopped();
    const options = await this.#connection.authorize('stream');
    const socket = new WebSocket(urlOf(this.#connection.server, request), PROTOCOLS, {
      ...options,
      handshakeTimeout: HANDSHAKE_MS,
    });
    const session = followSocket(socket);
    const { promise, resolve, reject } = Promise.withResolvers<ExecSession>();
    const refuse = (status: ApiStatus): void =>
      reject(new Failure('cluster', `cannot ${doing}: ${status.message}`, { cause: status }));
    socket.once('open', () => resolve(session));
    socket.once('error', (cause) => refuse(new ApiStatus(0, '', cause.message, { cause })));
    socket.once('unexpected-response', (outgoing, response) => {
      void text(response)
        .catch(() => '')
        .then((body) => refuse(statusOf(response.statusCode ?? 0, body)))
        .finally(() => outgoing.destroy());
    });
    const stop = (): void => {
      reject(stopped());
      socket.terminate();
    };
    signal.addEventListener('abort', stop, { once: true });
    return promise.finally(() => signal.removeEventListener('abort', stop));
  }
}

function urlOf(server: URL, { namespace, pod, container, command }: ExecRequest): URL {
  const url = new URL(server);
  url.protocol = server.protocol === 'https:' ? 'wss:' : 'ws:';
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/exec`;
  url.pathname = url.pathname.replace(/\/$/, '') + path;
  for (const stream of ['stdin', 'stdout', 'stderr']) url.searchParams.set(stream, 'true');
  url.searchParams.set('container', container);
  for (const part of command) url.searchParams.append('command', part);
  return url;
}

function followSocket(socket: WebSocket): ExecSession {
  const output = new PassThrough();
  let complaint = '';
  let status: string | undefined;
  socket.on('message', (data: RawData) => {
    const message = data as Buffer;
    const body = message.subarray(1);
    if (message[0] === STDOUT) output.write(body);
    else if (message[0] === STDERR) complaint = `${complaint}${body}`.slice(-KEPT_CHARACTERS);
    else if (message[0] === STATUS) status = readStatus(body.toString());
  });
  // Of a connection that breaks; `close` comes after it.
  socket.on('error', (error) => (status ??= error.message));
  const ended = new Promise<string>((resolve) => {
    socket.once('close', (code) => {
      output.end();
      const reason = status ?? `the connection was closed (${code})`;
      resolve([reason, complaint.trim()].filter((part) => part !== '').join(': '));
    });
  });
  return {
    output,
    ended,
    write: (bytes) => {
      if (socket.readyState !== WebSocket.OPEN) return;
      socket.send(Buffer.concat([Buffer.of(STDIN), Buffer.from(bytes as Uint8Array)]));
    },
    close: () => socket.close(),
  };
}

/** The end of the program, as the kubelet tells it. */
function readStatus(body: string): string {
  try {
    const { status, message } = JSON.parse(body) as { status?: string; message?: string };
    return status === 'Success' ? 'the program has ended' : (message ?? 'the program has failed');
  } catch {
    return body;
  }
}

function statusOf(status: number, body: string): ApiStatus {
  try {
    const { reason, message } = JSON.parse(body) as { reason?: string; message?: string };
    return new ApiStatus(status, reason ?? '', message ?? `HTTP ${status}`);
  } catch {
    return new ApiStatus(status, '', `HTTP ${status}: ${body.trim().slice(0, 300)}`);
  }
}
