// A WebSocket to something that a pod serves through the API server: exec, portforward.

import { text } from 'node:stream/consumers';
import { WebSocket } from 'ws';
import { Failure } from '../../failure.ts';
import type { ApiConnection } from '../client/api-connection.ts';
import { ApiStatus, readApiStatus } from '../client/api-status.ts';

const HANDSHAKE_MS = 10_000;

export interface PodSocketRequest<T> {
  readonly connection: ApiConnection;
  readonly namespace: string;
  readonly pod: string;
  readonly subresource: 'exec' | 'portforward';
  readonly query: URLSearchParams;
  /** Those that both sides may speak, the best one first. */
  readonly protocols: readonly string[];
  /** For messages: 'cannot <doing>: ...'. */
  readonly doing: string;
  /** Called before the connection is there, so that no message is missed; its result is what opening resolves with. */
  readonly follow: (socket: WebSocket) => T;
}

/** Rejects with a Failure 'cluster', whose cause is an ApiStatus, when it is refused; 'interrupted' when stopped. */
export async function openPodSocket<T>(request: PodSocketRequest<T>, signal: AbortSignal): Promise<T> {
  const { connection, protocols, doing, follow } = request;
  const stopped = (): Failure => new Failure('interrupted', `stopped: ${doing}`);
  if (signal.aborted) throw stopped();
  const socket = new WebSocket(urlOf(connection.server, request), [...protocols], {
    ...(await connection.authorize('stream')),
    handshakeTimeout: HANDSHAKE_MS,
    // Bytes that are mostly compressed already, on one machine.
    perMessageDeflate: false,
  });
  const followed = follow(socket);
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const refuse = (status: ApiStatus): void =>
    reject(new Failure('cluster', `cannot ${doing}: ${status.message}`, { cause: status }));
  socket.once('open', () => resolve(followed));
  socket.once('error', (cause) => refuse(new ApiStatus(0, '', cause.message, { cause })));
  socket.once('unexpected-response', (outgoing, response) => {
    void text(response)
      .catch(() => '')
      .then((body) => refuse(readApiStatus(response.statusCode ?? 0, body)))
      .finally(() => outgoing.destroy());
  });
  const stop = (): void => {
    reject(stopped());
    socket.terminate();
  };
  signal.addEventListener('abort', stop, { once: true });
  return promise.finally(() => signal.removeEventListener('abort', stop));
}

function urlOf(
  server: URL,
  {
    namespace,
    pod,
    subresource,
    query,
  }: Pick<PodSocketRequest<unknown>, 'namespace' | 'pod' | 'subresource' | 'query'>,
): URL {
  const url = new URL(server);
  url.protocol = server.protocol === 'https:' ? 'wss:' : 'ws:';
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/${subresource}`;
  url.pathname = url.pathname.replace(/\/$/, '') + path;
  url.search = query.toString();
  return url;
}
