// ContainerExec over a WebSocket to the API server, by the protocol of `kubectl exec`: the first byte of each message
// names the channel (k8s.io/apimachinery, util/remotecommand).

import { PassThrough } from 'node:stream';
import { type RawData, WebSocket } from 'ws';
import type { ApiConnection } from '../client/api-connection.ts';
import type { ContainerExec, ExecRequest, ExecSession } from './container-exec.ts';
import { openPodSocket } from './open-pod-socket.ts';

const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const STATUS = 3;
const PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];
/** Of standard error, for the reason of an end. */
const KEPT_CHARACTERS = 500;

export class SocketContainerExec implements ContainerExec {
  readonly #connection: ApiConnection;

  constructor(connection: ApiConnection) {
    this.#connection = connection;
  }

  async open(request: ExecRequest, signal: AbortSignal): Promise<ExecSession> {
    const { namespace, pod, container, command } = request;
    const query = new URLSearchParams({ stdin: 'true', stdout: 'true', stderr: 'true', container });
    for (const part of command) query.append('command', part);
    return openPodSocket(
      {
        connection: this.#connection,
        ...{ namespace, pod, subresource: 'exec', query, protocols: PROTOCOLS },
        doing: `run a program in pod ${namespace}/${pod}`,
        follow: followSocket,
      },
      signal,
    );
  }
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
