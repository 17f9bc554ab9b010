// PodTunnel over a WebSocket to the API server: the first byte of each message names the channel, and the first
// message of each channel is the port (k8s.io/kubelet, pkg/cri/streaming/portforward/websocket.go).

import { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { type RawData, WebSocket } from 'ws';
import { Failure } from '../failure.ts';
import type { ApiConnection } from './api-connection.ts';
import type { PodTunnel, TunnelTarget } from './pod-tunnel.ts';

const DATA = 0;
const ERROR = 1;
const PROTOCOL = 'v4.channel.k8s.io';
const HANDSHAKE_MS = 10_000;

export class SocketPodTunnel implements PodTunnel {
  readonly #connection: ApiConnection;

  constructor(connection: ApiConnection) {
    this.#connection = connection;
  }

  async open(target: TunnelTarget, signal: AbortSignal): Promise<Duplex> {
    const to = `port ${target.port} of pod ${target.namespace}/${target.pod}`;
    const stopped = (): Failure => new Failure('interrupted', `stopped: connecting to ${to}`);
    if (signal.aborted) throw stopped();
    const options = await this.#connection.authorize('stream');
    const socket = new WebSocket(urlOf(this.#connection.server, target), PROTOCOL, {
      ...options,
      handshakeTimeout: HANDSHAKE_MS,
      // Bytes that are mostly compressed already, on one machine.
      perMessageDeflate: false,
    });
    const stream = streamOf(socket, to);
    const { promise, resolve, reject } = Promise.withResolvers<Duplex>();
    const refuse = (reason: string, cause?: Error): void =>
      reject(new Failure('cluster', `cannot reach ${to}: ${reason}`, { cause }));
    socket.once('open', () => resolve(stream));
    socket.once('error', (cause) => refuse(cause.message, cause));
    socket.once('unexpected-response', (outgoing, response) => {
      void text(response)
        .catch(() => '')
        .then((body) => refuse(messageOf(body) ?? `HTTP ${response.statusCode}`))
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

function urlOf(server: URL, { namespace, pod, port }: TunnelTarget): URL {
  const url = new URL(server);
  url.protocol = server.protocol === 'https:' ? 'wss:' : 'ws:';
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/portforward`;
  url.pathname = url.pathname.replace(/\/$/, '') + path;
  url.searchParams.set('ports', String(port));
  return url;
}

/** Whoever is slow, at either end, slows the other one down: nothing piles up here. */
function streamOf(socket: WebSocket, to: string): Duplex {
  const named = new Set<number>();
  let complaint = '';
  const stream = new Duplex({
    read: () => socket.resume(),
    write: (chunk: Buffer, _encoding, done) => {
      if (socket.readyState !== WebSocket.OPEN) return done(new Error('the connection is closed'));
      socket.send(Buffer.concat([Buffer.of(DATA), chunk]), (error) => done(error));
    },
    // The protocol cannot say that one direction is done: the answer to come would be cut with it.
    final: (done) => done(),
    destroy: (error, done) => {
      // A paused socket would not see that it was closed.
      socket.resume();
      socket.close();
      done(error);
    },
  });
  socket.on('message', (data: RawData) => {
    const message = data as Buffer;
    const channel = message[0]!;
    // The port, in two bytes.
    if (!named.has(channel)) return void named.add(channel);
    const body = message.subarray(1);
    if (channel === DATA && !stream.push(body)) socket.pause();
    if (channel === ERROR) complaint += body.toString();
  });
  socket.on('error', (error) => (complaint ||= error.message));
  socket.once('close', () => {
    const reason = complaint.trim();
    if (reason === '') stream.push(null);
    else stream.destroy(new Failure('cluster', `cannot reach ${to}: ${reason}`));
  });
  return stream;
}

/** Of a refusal by the API server. */
function messageOf(body: string): string | undefined {
  try {
    return (JSON.parse(body) as { message?: string }).message;
  } catch {
    return undefined;
  }
}
