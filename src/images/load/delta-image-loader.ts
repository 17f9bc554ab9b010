// Brings images into nodes by difference: each node gets the layers that it lacks. Where that does not work, it gets
// all layers, and where not even that works, the whole image as `docker save` gives it. Then digests decide.

import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../failure.ts';
import type { CommandRunner } from '../../process/command-runner.ts';
import type { Task } from '../../task.ts';
import { deliverImages, type DeliveryOrder } from './deliver-images.ts';
import type { ImageLoader, LoadReport, LoadRequest } from './image-loader.ts';
import type { ImageStore } from '../image-store.ts';
import { transferImages } from './image-transfer.ts';
import { InFlightLayers } from './in-flight-layers.ts';
import type { LayerSource } from '../inspect/layer-source.ts';
import { loadFailure, problemOf, UNNOTICED, type WantedImage } from './load-problem.ts';
import { LoadProgress } from './load-progress.ts';
import type { NodeTransport } from './node-transport.ts';
import { containerdName, type NodeState } from './node-images.ts';
import { NodeRun } from './node-run.ts';
import { openContents } from '../inspect/open-contents.ts';

export interface DeltaImageLoaderOptions {
  readonly images: ImageStore;
  /** The first that can take an image apart does. */
  readonly sources: readonly LayerSource[];
  /** The first that reaches a node is used, and the last one where that did not do. */
  readonly transports: readonly NodeTransport[];
  readonly commands: CommandRunner;
  /** Name or path of the docker CLI. */
  readonly docker: string;
  /** How long the node may take to make an imported image known to kubelet; 10 s if absent. */
  readonly settleMs?: number;
}

const FIRST_POLL_MS = 5;
const LAST_POLL_MS = 200;

export class DeltaImageLoader implements ImageLoader {
  readonly #options: DeltaImageLoaderOptions;
  readonly #inFlight = new InFlightLayers();

  constructor(options: DeltaImageLoaderOptions) {
    this.#options = options;
  }

  async present(request: LoadRequest, signal: AbortSignal): Promise<{ reference: string; node: string }[]> {
    const found = await Promise.all(request.references.map((reference) => this.#find(reference, signal)));
    // An image that the engine no longer has cannot be compared: it counts as not there.
    const wanted = found.filter((entry) => entry !== undefined);
    if (wanted.length === 0) return [];
    const present = await Promise.all(
      request.nodes.map(async (node) => {
        const state = await this.#look(node, wanted, signal);
        return wanted
          .filter((entry) => problemOf(entry, state) === undefined)
          .map(({ reference }) => ({ reference, node }));
      }),
    );
    return present.flat();
  }

  async load(request: LoadRequest, task: Task): Promise<LoadReport[]> {
    const references = [...new Set(request.references)];
    const nodes = [...new Set(request.nodes)];
    if (references.length === 0 || nodes.length === 0) return [];
    const wanted = await this.#wanted(references, task.signal);
    task.report({ text: 'asking the nodes what they have' });
    await using contents = openContents(wanted, this.#options.sources, task.signal);
    const progress = new LoadProgress(task, wanted, nodes);
    // One node that fails does not stop the others.
    const settled = await Promise.allSettled(
      nodes.map((node) => this.#deliver({ node, wanted, contents }, progress, task.signal)),
    );
    if (task.signal.aborted) throw new Failure('interrupted', 'loading images was stopped');
    const runs = settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    await this.#sendWhole(runs, progress, task.signal);
    const problems = await this.#settle(runs, wanted, task);
    if (problems.length > 0)
      throw loadFailure(
        problems,
        [...contents.errors, ...runs.flatMap(({ errors }) => errors)],
        wanted.length * nodes.length,
      );
    for (const result of settled) if (result.status === 'rejected') throw result.reason;
    return runs.flatMap((run) => wanted.map((entry) => run.reportOf(entry)));
  }

  /** Rejects where the node cannot be asked. */
  async #deliver(
    order: Pick<DeliveryOrder, 'node' | 'wanted' | 'contents'>,
    progress: LoadProgress,
    signal: AbortSignal,
  ): Promise<NodeRun> {
    const { node, wanted } = order;
    const run = new NodeRun(node);
    const attempts = [
      { transport: await this.#transport(node, signal), extent: 'missing' },
      { transport: this.#options.transports.at(-1)!, extent: 'all' },
    ] as const;
    for (const attempt of attempts) {
      try {
        const delivered = await deliverImages({
          ...order,
          ...attempt,
          inFlight: this.#inFlight,
          signal,
          ...progress.of(node),
        });
        run.take(delivered, wanted);
        if (run.lacking.length === 0 || delivered.sent.length === 0) break;
      } catch (error) {
        signal.throwIfAborted();
        run.errors.push({ node, error });
      }
    }
    if (!run.isKnown) throw run.errors.at(-1)!.error;
    return run;
  }

  /** The last resort. Nodes that lack the same images share one export. */
  async #sendWhole(runs: readonly NodeRun[], progress: LoadProgress, signal: AbortSignal): Promise<void> {
    const { images, commands, docker } = this.#options;
    const needy = runs.filter(({ lacking }) => lacking.length > 0);
    const groups = Map.groupBy(needy, ({ lacking }) => lacking.map(({ reference }) => reference).join(' '));
    await Promise.all(
      [...groups].map(async ([key, members]) => {
        const nodes = members.map(({ node, state }) => ({ name: node, snapshotter: state.snapshotter }));
        const source = await images.export(key.split(' '), signal);
        const onBytes = progress.ofWhole(members[0]!.lacking, nodes.length);
        const results = await transferImages({ source, nodes, commands, docker, signal, onBytes });
        for (const run of members) run.takeWhole(results.find(({ node }) => node === run.node)!);
      }),
    );
    if (signal.aborted) throw new Failure('interrupted', 'loading images was stopped');
    await Promise.all(
      needy.map(async (run) => run.see(await this.#look(run.node, run.wanted, signal), run.wanted)),
    );
  }

  /** Waits for CRI on the nodes that were sent something; what is wrong otherwise stays wrong, and is returned. */
  async #settle(
    runs: readonly NodeRun[],
    wanted: readonly WantedImage[],
    task: Task,
  ): Promise<{ node: string; reference: string; problem: string }[]> {
    const deadline = performance.now() + (this.#options.settleMs ?? 10_000);
    for (let pollMs = FIRST_POLL_MS; ; pollMs = Math.min(pollMs * 2, LAST_POLL_MS)) {
      const problems = runs.flatMap((run) => run.problems(wanted));
      const isWaiting = problems.some(({ problem }) => problem === UNNOTICED);
      if (!isWaiting || performance.now() > deadline) return problems;
      task.report({ text: 'waiting until kubelet sees what was sent' });
      await sleep(pollMs, undefined, { signal: task.signal }).catch((cause: unknown) => {
        throw new Failure('interrupted', 'loading images was stopped', { cause });
      });
      const waiting = runs.filter((run) => run.problems(wanted).some(({ problem }) => problem === UNNOTICED));
      await Promise.all(
        waiting.map(async (run) => run.see(await this.#look(run.node, wanted, task.signal), wanted)),
      );
    }
  }

  async #wanted(references: readonly string[], signal: AbortSignal): Promise<WantedImage[]> {
    return Promise.all(
      references.map(async (reference) => {
        const found = await this.#find(reference, signal);
        if (found) return found;
        throw new Failure('load', `${reference} cannot be loaded: the container engine does not have it`, {
          hint: 'Run `slipway up` again: it builds what is missing.',
        });
      }),
    );
  }

  async #find(reference: string, signal: AbortSignal): Promise<WantedImage | undefined> {
    const image = await this.#options.images.find(reference, signal);
    return image && { reference, name: containerdName(reference), image };
  }

  async #look(node: string, wanted: readonly WantedImage[], signal: AbortSignal): Promise<NodeState> {
    const transport = await this.#transport(node, signal);
    return transport.look({ node, names: wanted.map(({ name }) => name), signal });
  }

  async #transport(node: string, signal: AbortSignal): Promise<NodeTransport> {
    const { transports } = this.#options;
    for (const transport of transports.slice(0, -1))
      if (await transport.reaches(node, signal)) return transport;
    return transports.at(-1)!;
  }
}
