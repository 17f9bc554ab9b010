// The HTTP server that all services share: routes, JSON errors, health, metrics, an orderly end.

import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { HttpProblem, problemBody } from './http-problem.ts';
import { errorText } from './log.ts';
import type { Log } from './log.ts';
import { matchRoute } from './route.ts';
import type { RouteParameters } from './route.ts';
import type { ServiceMetrics } from './service-metrics.ts';

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A Buffer or string is sent as it is, anything else as JSON; without it the answer has no body. */
  readonly body?: unknown;
}

export interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly parameters: RouteParameters;
}

export interface Route {
  readonly method: string;
  readonly path: string;
  /** A reply to send, or undefined when the handler wrote the response itself. */
  handle(call: Call): Promise<Reply | undefined> | Reply | undefined;
}

export interface ServiceOptions {
  readonly log: Log;
  readonly metrics: ServiceMetrics;
  readonly routes: readonly Route[];
  /** Why the service cannot serve right now, or undefined if it can. */
  notReady(): Promise<string | undefined> | string | undefined;
}

/** A running service. `drain` turns readiness off, `stop` ends it when the requests in flight are answered. */
export class HttpService {
  readonly #options: ServiceOptions;
  readonly #routes: readonly Route[];
  readonly #server: Server;
  #draining = false;

  constructor(options: ServiceOptions) {
    this.#options = options;
    this.#routes = [...this.#ownRoutes(), ...options.routes];
    this.#server = createServer((request, response) => void this.#answer(request, response));
    // Longer than the keep-alive of a proxy in front (nginx: 60 s), so that it never writes into a closing connection.
    this.#server.keepAliveTimeout = 75_000;
    this.#server.requestTimeout = 30_000;
  }

  /** Resolves with the port (useful with port 0). */
  async listen(port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, resolve);
    });
    const address = this.#server.address();
    return address !== null && typeof address === 'object' ? address.port : port;
  }

  /** From now on /ready says 503 and connections are closed after their answer; requests are still served. */
  drain(): void {
    this.#draining = true;
  }

  /** Takes no new connection, waits for the answers in flight, and cuts what is left after graceMs. */
  async stop(graceMs: number): Promise<void> {
    this.#draining = true;
    const cut = setTimeout(() => this.#server.closeAllConnections(), graceMs);
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeIdleConnections();
    });
    clearTimeout(cut);
  }

  #ownRoutes(): Route[] {
    const { metrics } = this.#options;
    return [
      { method: 'GET', path: '/health', handle: () => ({ status: 200, body: { status: 'ok' } }) },
      { method: 'GET', path: '/ready', handle: () => this.#ready() },
      {
        method: 'GET',
        path: '/metrics',
        handle: async () => ({
          status: 200,
          headers: { 'content-type': metrics.registry.contentType },
          body: await metrics.registry.metrics(),
        }),
      },
    ];
  }

  async #ready(): Promise<Reply> {
    const reason = this.#draining ? 'shutting down' : await this.#options.notReady();
    if (reason === undefined) return { status: 200, body: { status: 'ready' } };
    return { status: 503, body: { status: 'not ready', reason } };
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const startedMs = performance.now();
    const method = request.method ?? 'GET';
    let route = 'none';
    response.on('close', () => {
      const durationSeconds = (performance.now() - startedMs) / 1000;
      this.#options.metrics.count({ method, route, status: response.statusCode, durationSeconds });
    });
    try {
      // Only path and query are of interest; the host part just makes the URL complete.
      const url = new URL(request.url ?? '/', 'http://service');
      const match = matchRoute(this.#routes, method, url.pathname);
      if (match.kind === 'unknown') throw new HttpProblem(404, 'not-found', 'There is nothing at this path.');
      if (match.kind === 'wrong-method') {
        throw new HttpProblem(405, 'method-not-allowed', `${method} is not possible here.`, {
          headers: { allow: match.allow.join(', ') },
        });
      }
      route = match.route.path;
      const reply = await match.route.handle({ request, response, url, parameters: match.parameters });
      if (reply !== undefined) this.#send(request, response, reply);
    } catch (error) {
      this.#fail(request, response, error);
    }
  }

  #fail(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    const problem =
      error instanceof HttpProblem
        ? error
        : new HttpProblem(500, 'internal', 'The service failed.', { cause: error });
    if (problem.status >= 500) {
      const cause = problem.cause;
      this.#options.log('error', problem.message, {
        method: request.method,
        path: request.url,
        code: problem.code,
        cause: cause === undefined ? undefined : errorText(cause),
        stack: problem.status === 500 && cause instanceof Error ? cause.stack : undefined,
      });
    }
    if (response.headersSent) {
      response.destroy();
      return;
    }
    this.#send(request, response, {
      status: problem.status,
      headers: problem.headers,
      body: problemBody(problem),
    });
  }

  #send(request: IncomingMessage, response: ServerResponse, reply: Reply): void {
    const { body } = reply;
    const raw = typeof body === 'string' || Buffer.isBuffer(body);
    const bytes = body === undefined ? undefined : Buffer.from(raw ? (body as string) : JSON.stringify(body));
    response.writeHead(reply.status, {
      ...(bytes !== undefined && !raw ? { 'content-type': 'application/json; charset=utf-8' } : {}),
      ...(bytes === undefined ? {} : { 'content-length': bytes.length }),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...(this.#draining ? { connection: 'close' } : {}),
      ...reply.headers,
    });
    response.end(request.method === 'HEAD' ? undefined : bytes);
  }
}
