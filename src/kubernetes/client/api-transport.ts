// One request to the API server: deadline, cancellation, and the repeats that the server or HTTP itself asks for.
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { Failure } from '../../failure.ts';
import type { ApiConnection } from './api-connection.ts';
import { ApiStatus, readApiStatus } from './api-status.ts';

export interface ApiRequest {
  /** What is being done, for the error message: 'list Pods in todo'. */
  readonly doing: string;
  readonly method: 'GET' | 'PATCH' | 'DELETE';
  /** Path below the server's base address, encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly accept?: string;
  readonly body?: { readonly contentType: string; readonly text: string };
}

/** How long a Retry-After of the server is honoured at most; longer waits are the caller's business. */
const LONGEST_PAUSE_MS = 5_000;

/** Sends requests over one connection. */
export class ApiTransport {
  readonly #connection: ApiConnection;
  readonly #timeoutMs: number;

  constructor(connection: ApiConnection, timeoutMs: number) {
    this.#connection = connection;
    this.#timeoutMs = timeoutMs;
  }

  /** The whole answer as text. Rejects with Failure 'cluster' (cause: ApiStatus) on any status but 2xx. */
  async fetchText(request: ApiRequest, signal: AbortSignal): Promise<string> {
    return this.#guarded(request, signal, async (limited) =>
      text(await this.#answer(request, 'request', limited)),
    );
  }

  /**
   * The answer as JSON, as `read` makes something of it. When that throws, the answer comes from something else than an
   * API server, or is damaged: it counts as none.
   */
  async fetchJson<T>(request: ApiRequest, signal: AbortSignal, read: (value: unknown) => T): Promise<T> {
    return this.#guarded(request, signal, async (limited) => {
      const body = await text(await this.#answer(request, 'request', limited));
      try {
        return read(JSON.parse(body));
      } catch (cause) {
        throw new ApiStatus(0, '', `it answered something that cannot be read (${body.slice(0, 80)})`, {
          cause,
        });
      }
    });
  }

  /** The answer as a stream: the deadline holds until its head is there, the signal until its end. */
  async fetchStream(request: ApiRequest, signal: AbortSignal): Promise<IncomingMessage> {
    const head = new AbortController();
    const stream = await this.#guarded(request, signal, (limited) => {
      limited.addEventListener('abort', () => head.abort(limited.reason), { once: true });
      return this.#answer(request, 'stream', head.signal);
    });
    // A signal that fires between the head and this line would otherwise be lost.
    const stop = (): void => void stream.destroy();
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    stream.once('close', () => signal.removeEventListener('abort', stop));
    return stream;
  }

  async #guarded<T>(
    request: ApiRequest,
    signal: AbortSignal,
    work: (limited: AbortSignal) => Promise<T>,
  ): Promise<T> {
    if (signal.aborted) throw new Failure('interrupted', `stopped: ${request.doing}`);
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), this.#timeoutMs);
    try {
      return await work(AbortSignal.any([signal, deadline.signal]));
    } catch (error) {
      if (signal.aborted) throw new Failure('interrupted', `stopped: ${request.doing}`, { cause: error });
      if (error instanceof Failure) throw error;
      const status = error instanceof ApiStatus ? error : this.#noAnswer(error, deadline.signal.aborted);
      throw new Failure('cluster', `cannot ${request.doing}: ${status.message}`, {
        cause: status,
        hint: status.status === 0 ? 'Is the cluster running? `slipway doctor` looks into it.' : undefined,
      });
    } finally {
      clearTimeout(timer);
    }
  }

  #noAnswer(cause: unknown, isLate: boolean): ApiStatus {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return new ApiStatus(0, '', isLate ? `no answer within ${this.#timeoutMs / 1000} s` : reason, { cause });
  }

  async #answer(
    request: ApiRequest,
    use: 'request' | 'stream',
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    for (let attempt = 1; ; attempt += 1) {
      const options = await this.#connection.authorize(use);
      let response: IncomingMessage;
      try {
        response = await this.#send(request, options, signal);
      } catch (error) {
        // A kept connection that the server closed in the same moment: HTTP clients send again, once.
        if (error instanceof StaleConnection && attempt === 1) continue;
        throw error instanceof StaleConnection ? error.cause : error;
      }
      const status = response.statusCode ?? 0;
      if (status >= 200 && status < 300) return response;
      const refusal = readApiStatus(status, await text(response));
      const pauseMs = Number(response.headers['retry-after']) * 1000;
      const asked = (status === 429 || status === 503) && pauseMs >= 0 && pauseMs <= LONGEST_PAUSE_MS;
      if (!asked) throw refusal;
      try {
        await delay(pauseMs, undefined, { signal });
      } catch {
        throw refusal; // the deadline passed while the server wanted us to wait: show what it said
      }
    }
  }

  async #send(request: ApiRequest, options: RequestOptions, signal: AbortSignal): Promise<IncomingMessage> {
    const url = new URL(this.#connection.server);
    url.pathname = url.pathname.replace(/\/$/, '') + request.path;
    for (const [name, value] of Object.entries(request.query ?? {})) url.searchParams.set(name, value);
    const { body } = request;
    const headers = {
      ...(options.headers as Record<string, string> | undefined),
      Accept: request.accept ?? 'application/json',
      'User-Agent': 'slipway',
      ...(body === undefined
        ? {}
        : { 'Content-Type': body.contentType, 'Content-Length': Buffer.byteLength(body.text) }),
    };
    // Late: as a module, node:http brings all of fetch and WebSocket with it, which takes longer than a request.
    const send = url.protocol === 'https:' ? httpsRequest : (await import('node:http')).request;
    return new Promise((resolve, reject) => {
      const outgoing = send(url, { ...options, method: request.method, headers, signal }, resolve);
      outgoing.on('error', (error: NodeJS.ErrnoException) => {
        const stale = outgoing.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
        reject(stale ? new StaleConnection(error) : error);
      });
      outgoing.end(body?.text);
    });
  }
}

class StaleConnection extends Error {
  constructor(cause: Error) {
    super(cause.message, { cause });
  }
}
