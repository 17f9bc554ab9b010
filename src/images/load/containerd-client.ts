// Speaks with a containerd over its socket: gRPC, in one of its namespaces.

import { once } from 'node:events';
import { Client, credentials, Metadata, status, type ServiceError } from '@grpc/grpc-js';
import { codecOf, type Codec } from './containerd-messages.ts';

/** What containerd refuses because of the state that it is in. */
export type ContainerdRefusal = 'exists' | 'absent' | 'other';

export interface ContainerdCall {
  /** 'content.v1.Content/List' */
  readonly method: string;
  /** Names of the messages; see containerd-messages.ts. */
  readonly request: string;
  readonly response: string;
}

/** An image of 500 MB takes seconds; a containerd that hangs must not hold the run for ever. */
const CALL_TIMEOUT_MS = 300_000;

export class ContainerdClient implements Disposable {
  readonly #client: Client;
  readonly #metadata = new Metadata();
  readonly #codecs = new Map<string, Codec>();
  readonly #signal: AbortSignal;

  /** `lease` keeps what is made from being collected, until the lease is deleted. */
  constructor(socketPath: string, options: { namespace: string; lease?: string; signal: AbortSignal }) {
    // The authority of a unix socket would be its path, which Go's HTTP/2 server refuses.
    this.#client = new Client(`unix:${socketPath}`, credentials.createInsecure(), {
      'grpc.default_authority': 'localhost',
    });
    this.#metadata.set('containerd-namespace', options.namespace);
    if (options.lease !== undefined) this.#metadata.set('containerd-lease', options.lease);
    this.#signal = options.signal;
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }

  /** One request, one answer. */
  async call<Response extends object>(call: ContainerdCall, request: object): Promise<Response> {
    this.#signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<Response>();
    const running = this.#client.makeUnaryRequest(
      pathOf(call),
      this.#codec(call.request).encode,
      this.#codec(call.response).decode,
      request,
      this.#metadata,
      { deadline: Date.now() + CALL_TIMEOUT_MS },
      (error, response) => (error ? reject(error) : resolve(response as Response)),
    );
    using _stopping = onAbort(this.#signal, () => running.cancel());
    return await promise;
  }

  /** One request, all answers. */
  async list<Response extends object>(call: ContainerdCall, request: object): Promise<Response[]> {
    this.#signal.throwIfAborted();
    const running = this.#client.makeServerStreamRequest(
      pathOf(call),
      this.#codec(call.request).encode,
      this.#codec(call.response).decode,
      request,
      this.#metadata,
      { deadline: Date.now() + CALL_TIMEOUT_MS },
    );
    using _stopping = onAbort(this.#signal, () => running.cancel());
    const answers: Response[] = [];
    for await (const answer of running) answers.push(answer as Response);
    return answers;
  }

  /** Many requests; the last answer. */
  async send<Response extends object>(
    call: ContainerdCall,
    requests: AsyncIterable<object>,
  ): Promise<Response | undefined> {
    this.#signal.throwIfAborted();
    const running = this.#client.makeBidiStreamRequest(
      pathOf(call),
      this.#codec(call.request).encode,
      this.#codec(call.response).decode,
      this.#metadata,
      { deadline: Date.now() + CALL_TIMEOUT_MS },
    );
    using _stopping = onAbort(this.#signal, () => running.cancel());
    let last: Response | undefined;
    running.on('data', (answer: Response) => (last = answer));
    const ended = once(running, 'end');
    let isOver = false;
    // It may fail while nobody awaits it: before the last request is out.
    ended.then(
      () => (isOver = true),
      () => (isOver = true),
    );
    try {
      for await (const request of requests) {
        if (!running.write(request)) await Promise.race([once(running, 'drain'), ended]);
        if (isOver) break;
      }
      running.end();
      await ended;
    } catch (error) {
      running.cancel();
      throw error;
    }
    return last;
  }

  #codec(name: string): Codec {
    let codec = this.#codecs.get(name);
    if (!codec) this.#codecs.set(name, (codec = codecOf(name)));
    return codec;
  }
}

/** What an error of a call says. */
export function refusalOf(error: unknown): ContainerdRefusal {
  const { code } = error as Partial<ServiceError>;
  if (code === status.ALREADY_EXISTS) return 'exists';
  return code === status.NOT_FOUND ? 'absent' : 'other';
}

function pathOf({ method }: ContainerdCall): string {
  return `/containerd.services.${method}`;
}

function onAbort(signal: AbortSignal, act: () => void): Disposable {
  signal.addEventListener('abort', act, { once: true });
  return { [Symbol.dispose]: () => signal.removeEventListener('abort', act) };
}
