// Reaches the containerd of nodes that are containers through `docker exec` and the `ctr` in them: works for every
// user of the engine, wherever the engine runs.

import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Failure } from '../../failure.ts';
import type { CommandRunner } from '../../process/command-runner.ts';
import type { NodeBundle, NodeDelivery, NodeTransport, NodeQuestion, NodeVisit } from './node-transport.ts';
import { nodeStateOf, type NodeState } from './node-images.ts';
import { NODE_SCRIPT, parseNodeFacts } from './node-script.ts';
import { packOciArchive } from '../inspect/oci-archive.ts';

export interface ExecNodeTransportOptions {
  readonly commands: CommandRunner;
  /** Name or path of the docker CLI. */
  readonly docker: string;
}

/** Far above what 500 MB need on a slow disk; a node that hangs must not hold the run for ever. */
const DELIVERY_TIMEOUT_MS = 600_000;
const LOOK_TIMEOUT_MS = 60_000;

export class ExecNodeTransport implements NodeTransport {
  readonly #options: ExecNodeTransportOptions;

  constructor(options: ExecNodeTransportOptions) {
    this.#options = options;
  }

  /** Whoever may speak with the engine may do this; a node without ctr shows when it is asked. */
  async reaches(): Promise<boolean> {
    return true;
  }

  async look(question: NodeQuestion): Promise<NodeState> {
    const looks = new Looks();
    await this.#run(question, looks, '', LOOK_TIMEOUT_MS);
    return looks.first(question.node);
  }

  async deliver(delivery: NodeDelivery): Promise<NodeVisit> {
    const looks = new Looks();
    const input = new PassThrough();
    let brought: NodeBundle | undefined;
    // Beside the run: the run ends when its input does.
    const bringing = (async () => {
      const before = await looks.next;
      brought = await delivery.bring(before);
      if (!brought) {
        input.end();
        return;
      }
      input.write('import\n');
      let sent = 0;
      await pipeline(
        packOciArchive(brought, delivery.signal),
        async function* count(chunks: AsyncIterable<Buffer>) {
          for await (const chunk of chunks) {
            yield chunk;
            delivery.onBytes((sent += chunk.length));
          }
        },
        input,
        { signal: delivery.signal },
      );
    })();
    const stopped = bringing.catch((error: Error) => {
      input.destroy(error);
      return error;
    });
    let failed: unknown;
    try {
      await this.#run(delivery, looks, input, DELIVERY_TIMEOUT_MS);
    } catch (error) {
      failed = error;
    } finally {
      looks.close(failed);
      input.destroy();
    }
    const notBrought = await stopped;
    if (!brought && (failed ?? notBrought) !== undefined) throw failed ?? notBrought;
    const [before, after] = [looks.first(delivery.node), looks.second];
    return { before, after: brought ? after : before, error: failed ?? notBrought };
  }

  async #run(
    { node, names, signal }: NodeQuestion,
    looks: Looks,
    input: string | PassThrough,
    timeoutMs: number,
  ): Promise<void> {
    const inNode = ['sh', '-c', NODE_SCRIPT, 'sh', ...names];
    await this.#options.commands.run({
      program: this.#options.docker,
      args: ['exec', ...(input === '' ? [] : ['-i']), node, ...inNode],
      input,
      timeoutMs,
      signal,
      onLine: (line, stream) => {
        if (stream === 'stdout') looks.take(line);
      },
    });
  }
}

/** Collects what the script says, look by look. */
class Looks {
  readonly next: Promise<NodeState>;
  second: NodeState | undefined;
  #first: NodeState | undefined;
  #lines: string[] = [];
  readonly #resolve: (state: NodeState) => void;
  readonly #reject: (error: unknown) => void;

  constructor() {
    const { promise, resolve, reject } = Promise.withResolvers<NodeState>();
    this.next = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    // Only a delivery waits for it.
    promise.catch(() => {});
  }

  first(node: string): NodeState {
    if (!this.#first) throw new Failure('load', `${node} does not say which images it has`);
    return this.#first;
  }

  take(line: string): void {
    if (line !== 'end') {
      this.#lines.push(line);
      return;
    }
    const state = nodeStateOf(parseNodeFacts(this.#lines));
    this.#lines = [];
    if (this.#first) this.second = state;
    else this.#resolve((this.#first = state));
  }

  /** The script has ended: nothing more comes. */
  close(error: unknown): void {
    this.#reject(error ?? new Error('the node ended before it had said what it has'));
  }
}
