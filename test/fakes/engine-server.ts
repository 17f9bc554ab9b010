// A container engine's HTTP API as far as a test scripts it: for answers that a real engine gives too rarely.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type EngineRoute = (request: IncomingMessage, response: ServerResponse) => void;

/** What a route is asked for: method and path without version and query: 'POST /build'. */
export type EngineRoutes = Readonly<Record<string, EngineRoute>>;

export class EngineServer implements AsyncDisposable {
  /** Method and path with query, in order. */
  readonly requests: readonly string[];
  readonly url: string;
  readonly #server: Server;

  private constructor(server: Server, requests: string[]) {
    this.#server = server;
    this.requests = requests;
    this.url = `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** A request without a route is answered with 501: a test that meets it fails. */
  static async start(routes: EngineRoutes): Promise<EngineServer> {
    const requests: string[] = [];
    const server = createServer((request, response) => {
      requests.push(`${request.method} ${request.url}`);
      const path = new URL(request.url ?? '/', 'http://engine').pathname;
      const route = routes[`${request.method} ${path}`];
      if (route) route(request, response);
      else answerError(501, `no route for ${request.method} ${path}`)(request, response);
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    server.listen(0, '127.0.0.1', resolve);
    await promise;
    return new EngineServer(server, requests);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    await promise;
  }
}

export function answerJson(value: unknown): EngineRoute {
  return (request, response) => {
    request.resume();
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify(value));
  };
}

export function answerError(statusCode: number, message: string): EngineRoute {
  return (request, response) => {
    request.resume();
    response.writeHead(statusCode, { 'Content-Type': 'application/json' }).end(JSON.stringify({ message }));
  };
}

/** Takes the whole request, answers these lines, and ends: whole, in the middle, or never. */
export function answerLines(lines: readonly string[], end: 'whole' | 'cut' | 'never' = 'whole'): EngineRoute {
  return (request, response) => {
    request.resume().once('end', () => {
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.write(lines.map((line) => `${line}\n`).join(''), () => {
        if (end === 'whole') response.end();
        else if (end === 'cut') response.destroy();
      });
    });
  };
}
