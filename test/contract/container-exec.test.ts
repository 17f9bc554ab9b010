// The contract of ContainerExec, kept by the fake, and by the adapter in front of an API server that is one for this
// alone: its containers are processes of this machine.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocketServer } from 'ws';
import { plainConnection } from '../../src/kubernetes/client/connect-cluster.ts';
import { SocketContainerExec } from '../../src/kubernetes/exec/socket-container-exec.ts';
import { LocalPods } from '../fakes/local-pods.ts';
import { containerExecContract } from './container-exec.contract.ts';

const container = { namespace: 'ns', pod: 'web', container: 'main' };

containerExecContract({
  title: 'LocalPods',
  make: async () => {
    const treeFolder = await mkdtemp(join(tmpdir(), 'slipway-tree-'));
    const exec = new LocalPods();
    await exec.start('web', { namespace: 'ns', labels: {}, container: 'main', image: 'web:1', treeFolder });
    return {
      ...{ exec, container },
      [Symbol.asyncDispose]: async () => {
        await exec[Symbol.asyncDispose]();
        await rm(treeFolder, { recursive: true, force: true });
      },
    };
  },
});

containerExecContract({
  title: 'SocketContainerExec',
  make: async () => {
    const server = createServer();
    const sockets = new WebSocketServer({ noServer: true });
    server.on('upgrade', (request, socket, head) => {
      const url = new URL(request.url!, 'http://server');
      if (url.pathname !== '/api/v1/namespaces/ns/pods/web/exec') {
        const body = JSON.stringify({ reason: 'NotFound', message: `${url.pathname} not found` });
        const length = `Content-Length: ${body.length}`;
        socket.end(`HTTP/1.1 404 Not Found\r\n${length}\r\nConnection: close\r\n\r\n${body}`);
        return;
      }
      sockets.handleUpgrade(request, socket, head, (webSocket) => {
        const [program = '', ...args] = url.searchParams.getAll('command');
        const child = spawn(program, args);
        const send = (channel: number) => (chunk: Buffer) =>
          webSocket.send(Buffer.concat([Buffer.of(channel), chunk]));
        child.stdin.on('error', () => undefined);
        child.stdout.on('data', send(1));
        child.stderr.on('data', send(2));
        webSocket.on('message', (data) => child.stdin.write((data as Buffer).subarray(1)));
        webSocket.on('close', () => child.stdin.end());
        child.once('close', (code) => {
          const message = `command terminated with exit code ${code}`;
          send(3)(Buffer.from(JSON.stringify(code === 0 ? { status: 'Success' } : { message })));
          webSocket.close();
        });
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const connection = plainConnection({ server: `http://127.0.0.1:${port}` });
    return {
      ...{ exec: new SocketContainerExec(connection), container },
      [Symbol.asyncDispose]: async () => {
        for (const client of sockets.clients) client.terminate();
        server.closeAllConnections();
        server.close();
        await once(server, 'close');
      },
    };
  },
});
