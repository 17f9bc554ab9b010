import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { plainConnection } from '../../../../src/kubernetes/client/connect-cluster.ts';
import { SocketPodTunnel } from '../../../../src/kubernetes/exec/socket-pod-tunnel.ts';

const { signal } = new AbortController();
const target = { namespace: 'todo', pod: 'web', port: 80 };

let server: Server;
let sockets: WebSocketServer;
let tunnel: SocketPodTunnel;
/** What the API server does with a connection that it has taken. */
let serve: (socket: WebSocket) => void;
let url: string | undefined;

beforeEach(async () => {
  server = createServer();
  sockets = new WebSocketServer({ server, handleProtocols: () => 'v4.channel.k8s.io' });
  sockets.on('connection', (socket, request) => {
    url = request.url;
    for (const channel of [0, 1]) socket.send(Buffer.of(channel, 80, 0));
    serve(socket);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  tunnel = new SocketPodTunnel(plainConnection({ server: `http://127.0.0.1:${port}` }));
});
afterEach(async () => {
  for (const socket of sockets.clients) socket.terminate();
  sockets.close();
  server.close();
  await once(server, 'close');
});

const data = (body: string): Buffer => Buffer.concat([Buffer.of(0), Buffer.from(body)]);

describe('SocketPodTunnel', () => {
  test('carries bytes both ways, and ends when the pod does', async () => {
    serve = (socket) =>
      socket.once('message', (message: Buffer) => {
        socket.send(data(`you said ${message.subarray(1)}`));
        socket.close();
      });
    const stream = await tunnel.open(target, signal);
    stream.end('hello');
    expect(await text(stream)).toBe('you said hello');
    expect(url).toBe('/api/v1/namespaces/todo/pods/web/portforward?ports=80');
  });

  test('is destroyed with what the node says about the port', async () => {
    serve = (socket) => {
      socket.send(Buffer.concat([Buffer.of(1), Buffer.from('dial tcp4 127.0.0.1:80: connection refused')]));
      socket.close();
    };
    const stream = await tunnel.open(target, signal);
    await expect(text(stream)).rejects.toMatchObject({
      code: 'cluster',
      message: 'cannot reach port 80 of pod todo/web: dial tcp4 127.0.0.1:80: connection refused',
    });
  });

  test('a slow reader slows the pod down', async () => {
    const sent = { bytes: 0 };
    serve = (socket) => {
      const more = (): void => {
        if (sent.bytes >= 64_000_000) return socket.close();
        socket.send(Buffer.alloc(64_000), () => {
          sent.bytes += 64_000;
          setImmediate(more);
        });
      };
      more();
    };
    const stream = await tunnel.open(target, signal);
    await once(stream, 'readable');
    await new Promise((resolve) => setTimeout(resolve, 200));
    const waiting = sent.bytes;
    expect(waiting).toBeLessThan(32_000_000);
    let received = 0;
    for await (const chunk of stream) received += (chunk as Buffer).length;
    // Without the byte that names the channel.
    expect(received).toBe(64_000_000 - 1_000);
  });

  test('a pod that is gone is refused with the words of the API server', async () => {
    sockets.close();
    server.on('upgrade', (_request, socket) => {
      const body = '{"message":"pods \\"web\\" not found"}';
      socket.end(`HTTP/1.1 404 Not Found\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    });
    await expect(tunnel.open(target, signal)).rejects.toMatchObject({
      code: 'cluster',
      message: 'cannot reach port 80 of pod todo/web: pods "web" not found',
    });
  });

  test('a stopped one is not opened', async () => {
    await expect(tunnel.open(target, AbortSignal.abort())).rejects.toMatchObject({ code: 'interrupted' });
  });

  test('closes the connection when it is destroyed', async () => {
    const closed = Promise.withResolvers<void>();
    serve = (socket) => socket.once('close', () => closed.resolve());
    const stream = await tunnel.open(target, signal);
    stream.destroy();
    await closed.promise;
    expect(stream.destroyed).toBe(true);
  });
});
