// One port of this machine that leads to a Service. The port stays open while pods come and go: each connection goes
// to a pod that is ready then, and waits a moment for one where there is none.

import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Failure } from '../failure.ts';
import type { PodTunnel, TunnelTarget } from '../kubernetes/exec/pod-tunnel.ts';
import type { ForwardSpec, ForwardTarget } from './forward-target.ts';

/** As shown: what would become of the next connection. */
export interface ForwardState {
  readonly name: string;
  /** '127.0.0.1:15432'. */
  readonly address: string;
  /** 'postgres:5432'. */
  readonly target: string;
  readonly state: 'ready' | 'waiting' | 'failed';
  readonly pod?: string | undefined;
  readonly reason?: string | undefined;
}

export interface PortForwardOptions {
  readonly spec: ForwardSpec;
  readonly tunnel: PodTunnel;
  /** Told of each state that differs from the one before. */
  readonly onState: (state: ForwardState) => void;
  /** How long a connection waits for a pod. Default 10 s. */
  readonly holdMs?: number;
  /** How long an answer may pause after the client has said its last. Default 10 s. */
  readonly silenceMs?: number;
}

const LISTEN = '127.0.0.1';
const HOLD_MS = 10_000;
const SILENCE_MS = 10_000;
/** Ports above the wanted one that are tried when that is taken. */
const TRIED_PORTS = 20;

export class PortForward implements AsyncDisposable {
  readonly #options: PortForwardOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #stop = new AbortController();
  /** Resolves at the next look. */
  #looked = Promise.withResolvers<void>();
  #target: ForwardTarget = { reason: 'nobody has looked yet' };
  /** Why the last connection to this pod failed. */
  #broken: { readonly pod: string; readonly reason: string } | undefined;
  #told = '';

  private constructor(options: PortForwardOptions, server: Server) {
    this.#options = options;
    this.#server = server;
    server.on('connection', (socket: Socket) => void this.#serve(socket));
  }

  /** Listens on the wanted port or on the next one that is free and allowed. Rejects with Failure 'port' when none is. */
  static async open(options: PortForwardOptions): Promise<PortForward> {
    const { localPort, name } = options.spec;
    let port = localPort;
    for (let tries = 0; tries <= TRIED_PORTS; tries++) {
      // A client that has said all it has to say still wants its answer.
      const server = createServer({ allowHalfOpen: true });
      const problem = await once(server.listen(port, LISTEN), 'listening').then(() => undefined, whyNot);
      if (problem === undefined) return new PortForward(options, server);
      port = portAfter(port, problem);
    }
    throw new Failure(
      'port',
      `port ${localPort} for the forward '${name}' cannot be listened on, nor can the next ${TRIED_PORTS}`,
    );
  }

  get pod(): string | undefined {
    return 'pod' in this.#target ? this.#target.pod : undefined;
  }

  /** Where connections go from now on. */
  lead(target: ForwardTarget): void {
    this.#target = target;
    this.#looked.resolve();
    this.#looked = Promise.withResolvers();
    if (this.#broken?.pod !== this.pod) this.#broken = undefined;
    this.#tell();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    if (this.#server.listening) await once(this.#server, 'close');
  }

  async #serve(socket: Socket): Promise<void> {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    // One that goes before it is served.
    socket.on('error', () => undefined);
    const target = await this.#waitForTarget(socket);
    if (!target) return void socket.resetAndDestroy();
    try {
      const stream = await this.#options.tunnel.open(target, this.#stop.signal);
      socket.once('end', () => endWhenSilent(stream, this.#options.silenceMs ?? SILENCE_MS));
      stream.once('data', () => this.#learn(target, undefined));
      // What goes wrong on the way there destroys both, which the way back tells of.
      pipeline(socket, stream).catch(() => undefined);
      await pipeline(stream, socket);
      stream.destroy();
      socket.destroySoon();
    } catch (error) {
      // A client that goes away says nothing about the pod.
      if (error instanceof Failure && error.code === 'cluster') this.#learn(target, error.message);
      socket.resetAndDestroy();
    }
  }

  async #waitForTarget(socket: Socket): Promise<TunnelTarget | undefined> {
    const deadline = performance.now() + (this.#options.holdMs ?? HOLD_MS);
    for (;;) {
      const target = this.#target;
      if ('pod' in target) return target;
      const leftMs = deadline - performance.now();
      if (leftMs <= 0 || socket.destroyed || this.#stop.signal.aborted) return undefined;
      const awake = Promise.withResolvers<void>();
      const timer = setTimeout(awake.resolve, leftMs);
      socket.once('close', awake.resolve);
      await Promise.race([this.#looked.promise, awake.promise]);
      socket.off('close', awake.resolve);
      clearTimeout(timer);
    }
  }

  #learn(target: TunnelTarget, reason: string | undefined): void {
    if (this.pod !== target.pod) return;
    this.#broken = reason === undefined ? undefined : { pod: target.pod, reason };
    this.#tell();
  }

  #tell(): void {
    if (this.#stop.signal.aborted) return;
    const { name, service, port } = this.#options.spec;
    const { address, port: localPort } = this.#server.address() as AddressInfo;
    const known = { name, address: `${address}:${localPort}`, target: `${service}:${port}` };
    const state: ForwardState =
      'reason' in this.#target
        ? { ...known, state: 'waiting', reason: this.#target.reason }
        : this.#broken
          ? { ...known, state: 'failed', pod: this.#target.pod, reason: this.#broken.reason }
          : { ...known, state: 'ready', pod: this.#target.pod };
    const told = JSON.stringify(state);
    if (told !== this.#told) this.#options.onState(state);
    this.#told = told;
  }
}

/**
 * The pod cannot be told that the client has said its last, only that it is gone. It may still get its answer; when
 * none comes any more, it is gone.
 */
function endWhenSilent(stream: Duplex, silenceMs: number): void {
  const timer = setTimeout(() => stream.destroy(), silenceMs);
  stream.on('data', () => timer.refresh());
  stream.once('close', () => clearTimeout(timer));
}

/** EADDRINUSE: somebody else has it; EACCES: this user may not have it. */
type ListenProblem = 'EADDRINUSE' | 'EACCES';

function whyNot(error: NodeJS.ErrnoException): ListenProblem {
  if (error.code === 'EADDRINUSE' || error.code === 'EACCES') return error.code;
  throw error;
}

/** Ports below 1024 are for root on most systems; for others 80 becomes 8080, and 443 becomes 8443. */
export function portAfter(port: number, problem: ListenProblem): number {
  return problem === 'EACCES' && port < 1024 ? port + 8000 : port + 1;
}
