// PodTunnel over a WebSocket to the API server: the first byte of each message names the channel, and the first
// message of each channel is the port (k8s.io/kubelet, pkg/cri/streaming/portforward/websocket.go).

import { Duplex } from 'node:stream';
import { type RawData, WebSocket } from 'ws';
import { Failure } from '../../failure.ts';
import type { ApiConnection } from '../client/api-connection.ts';
import { openPodSocket } from './open-pod-socket.ts';
import type { PodTunnel, TunnelTarget } from './pod-tunnel.ts';

const DATA = 0;
const ERROR = 1;
const PROTOCOL = 'v4.channel.k8s.io';

export class SocketPodTunnel implements PodTunnel {
  readonly #connection: ApiConnection;

  constructor(connection: ApiConnection) {
    this.#connection = connection;
  }

  async open(target: TunnelTarget, signal: AbortSignal): Promise<Duplex> {
    const { namespace, pod, port } = target;
    const doing = `reach port ${port} of pod ${namespace}/${pod}`;
    return openPodSocket(
      {
        connection: this.#connection,
        ...{ namespace, pod, subresource: 'portforward', protocols: [PROTOCOL], doing },
        query: new URLSearchParams({ ports: String(port) }),
        follow: (socket) => streamOf(socket, doing),
      },
      signal,
    );
  }
}

/** Whoever is slow, at either end, slows the other one down: nothing piles up here. */
function streamOf(socket: WebSocket, doing: string): Duplex {
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
    else stream.destroy(new Failure('cluster', `cannot ${doing}: ${reason}`));
  });
  return stream;
}
