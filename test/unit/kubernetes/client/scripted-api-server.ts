// An API server that answers what a test scripts, over real sockets: refusals, delays, cut connections.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Answer =
  | { readonly status: number; readonly body?: unknown; readonly headers?: Record<string, string> }
  | 'cut' // the connection is closed without an answer
  | 'silence' // no answer ever
  | ((request: IncomingMessage, response: ServerResponse) => void);

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly accept: string;
  readonly contentType: string;
  readonly body: string;
}

/** Answers in the scripted order; a request beyond the script is answered with 500 and fails `close`. */
export class ScriptedApiServer implements AsyncDisposable {
  readonly requests: SeenRequest[] = [];
  readonly #answers: Answer[];
  readonly #server: Server;
  #unexpected = 0;

  private constructor(answers: readonly Answer[]) {
    this.#answers = [...answers];
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  static async start(...answers: Answer[]): Promise<ScriptedApiServer> {
    const server = new ScriptedApiServer(answers);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    if (this.#unexpected > 0) throw new Error(`${this.#unexpected} requests more than scripted`);
    if (this.#answers.length > 0)
      throw new Error(`${this.#answers.length} scripted answers were not asked for`);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const { method = '', url = '', headers } = request;
    this.requests.push({
      method,
      url,
      accept: headers.accept ?? '',
      contentType: headers['content-type'] ?? '',
      body,
    });
    const answer = this.#answers.shift();
    if (answer === undefined) {
      this.#unexpected += 1;
      response.writeHead(500).end('not scripted');
    } else if (answer === 'cut') request.socket.destroy();
    else if (typeof answer === 'function') answer(request, response);
    else if (answer !== 'silence') {
      const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body ?? {});
      response.writeHead(answer.status, answer.headers).end(text);
    }
  }
}

/** The body with which the API refuses. */
export function refusal(status: number, reason: string, message: string): Answer {
  return { status, body: { kind: 'Status', status: 'Failure', code: status, reason, message } };
}
