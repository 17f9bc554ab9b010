// Brings images into nodes that are containers: `docker save`, streamed into the node's own `ctr import`.

import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../failure.ts';
import type { CommandRunner } from '../process/command-runner.ts';
import type { Task } from '../task.ts';
import type { ImageLoader, LoadReport, LoadRequest } from './image-loader.ts';
import type { ImageStore, StoredImage } from './image-store.ts';
import { transferImages, type TransferResult } from './image-transfer.ts';
import {
  containerdName,
  NODE_IMAGES_SCRIPT,
  nodeImageFilter,
  parseNodeImages,
  type NodeImage,
  type NodeImages,
} from './node-images.ts';

export interface CtrImageLoaderOptions {
  readonly images: ImageStore;
  readonly commands: CommandRunner;
  /** Name or path of the docker CLI. */
  readonly docker: string;
  /** How long the node may take to make an imported image known to kubelet; 10 s if absent. */
  readonly settleMs?: number;
}

const ASK_TIMEOUT_MS = 60_000;
const POLL_MS = 100;
const REPORT_EVERY_BYTES = 4e6;

export class CtrImageLoader implements ImageLoader {
  readonly #options: CtrImageLoaderOptions;

  constructor(options: CtrImageLoaderOptions) {
    this.#options = options;
  }

  async present(request: LoadRequest, signal: AbortSignal): Promise<{ reference: string; node: string }[]> {
    const found = await Promise.all(
      request.references.map(async (reference) => ({
        reference,
        image: await this.#options.images.find(reference, signal),
      })),
    );
    // An image that the engine no longer has cannot be compared: it counts as not there.
    const wanted = found.filter((entry): entry is Wanted => entry.image !== undefined);
    if (wanted.length === 0) return [];
    const states = await this.#askAll(request.nodes, wanted, signal);
    return states.flatMap(({ node, state }) =>
      wanted
        .filter((entry) => problemOf(entry, state) === undefined)
        .map(({ reference }) => ({ reference, node })),
    );
  }

  async load(request: LoadRequest, task: Task): Promise<LoadReport[]> {
    const references = [...new Set(request.references)];
    const nodes = [...new Set(request.nodes)];
    if (references.length === 0 || nodes.length === 0) return [];
    const wanted = await this.#wanted(references, task.signal);
    task.report({ text: 'asking the nodes what they have' });
    const before = await this.#askAll(nodes, wanted, task.signal);
    const missing = new Map(
      before.map(({ node, state }) => [
        node,
        wanted.filter((entry) => problemOf(entry, state) !== undefined),
      ]),
    );
    const sent: TransferResult[] = [];
    // Nodes that lack the same images share one export.
    const groups = Map.groupBy(
      before.filter(({ node }) => missing.get(node)!.length > 0),
      ({ node }) =>
        missing
          .get(node)!
          .map((entry) => entry.reference)
          .join(' '),
    );
    await Promise.all(
      [...groups].map(async ([key, members]) => {
        const targets = members.map(({ node, state }) => ({ name: node, snapshotter: state.snapshotter }));
        sent.push(...(await this.#send(key.split(' '), targets, task)));
      }),
    );
    const sentTo = [...missing].filter(([, lacking]) => lacking.length > 0).map(([node]) => node);
    if (sentTo.length > 0) await this.#verify(sentTo, wanted, sent, task);
    return nodes.flatMap((node) =>
      wanted.map((entry) =>
        reportOf(
          entry,
          node,
          missing.get(node)!,
          sent.find((result) => result.node === node),
        ),
      ),
    );
  }

  async #send(
    references: readonly string[],
    nodes: readonly { name: string; snapshotter: string }[],
    task: Task,
  ): Promise<TransferResult[]> {
    const { commands, docker, images } = this.#options;
    const what = references.length === 1 ? references[0] : `${references.length} images`;
    const text = `sending ${what} to ${nodes.length === 1 ? nodes[0]!.name : `${nodes.length} nodes`}`;
    task.report({ text });
    const source = await images.export(references, task.signal);
    let reported = 0;
    const onBytes = (bytes: number): void => {
      if (bytes - reported < REPORT_EVERY_BYTES) return;
      reported = bytes;
      task.report({ text, done: bytes, unit: 'bytes' });
    };
    return transferImages({ source, nodes, commands, docker, signal: task.signal, onBytes });
  }

  /** Asks the nodes until each has every image, or time is up; what is missing then is a Failure. */
  async #verify(
    nodes: readonly string[],
    wanted: readonly Wanted[],
    sent: readonly TransferResult[],
    task: Task,
  ): Promise<void> {
    if (task.signal.aborted) throw new Failure('interrupted', 'loading images was stopped');
    task.report({ text: `checking ${nodes.length === 1 ? nodes[0]! : `${nodes.length} nodes`}` });
    const deadline = performance.now() + (this.#options.settleMs ?? 10_000);
    for (;;) {
      const problems = (await this.#askAll(nodes, wanted, task.signal)).flatMap(({ node, state }) =>
        wanted.flatMap((entry) => {
          const problem = problemOf(entry, state);
          return problem === undefined ? [] : [{ node, reference: entry.reference, problem }];
        }),
      );
      if (problems.length === 0) return;
      // Only kubelet's view comes by and by; what else is wrong after an import stays wrong.
      const mayCome = problems.every(({ problem }) => problem === UNNOTICED);
      if (!mayCome || performance.now() > deadline)
        throw loadFailure(problems, sent, wanted.length * nodes.length);
      await sleep(POLL_MS, undefined, { signal: task.signal });
    }
  }

  async #wanted(references: readonly string[], signal: AbortSignal): Promise<Wanted[]> {
    return Promise.all(
      references.map(async (reference) => {
        const image = await this.#options.images.find(reference, signal);
        if (!image)
          throw new Failure('load', `${reference} cannot be loaded: the container engine does not have it`, {
            hint: 'Run `npm run up` again: it builds what is missing.',
          });
        return { reference, image };
      }),
    );
  }

  #askAll(
    nodes: readonly string[],
    wanted: readonly Wanted[],
    signal: AbortSignal,
  ): Promise<{ node: string; state: NodeImages }[]> {
    const filters = wanted.map(({ reference }) => nodeImageFilter(reference));
    return Promise.all(
      nodes.map(async (node) => {
        const { stdout } = await this.#options.commands.run({
          program: this.#options.docker,
          args: ['exec', node, 'sh', '-c', NODE_IMAGES_SCRIPT, 'sh', ...filters],
          timeoutMs: ASK_TIMEOUT_MS,
          signal,
        });
        return { node, state: parseNodeImages(stdout) };
      }),
    );
  }
}

interface Wanted {
  readonly reference: string;
  readonly image: StoredImage;
}

const UNNOTICED = 'imported, but kubelet does not see it';

function problemOf({ reference, image }: Wanted, state: NodeImages): string | undefined {
  const there: NodeImage | undefined = state.images.get(containerdName(reference));
  if (!there) return 'not there';
  if (!there.digests.has(image.id))
    return `another image of that name (${[...there.digests].join(', ')}, not ${image.id})`;
  if (!there.unpacked) return 'not unpacked';
  return there.managed ? undefined : UNNOTICED;
}

function reportOf(
  entry: Wanted,
  node: string,
  missing: readonly Wanted[],
  result: TransferResult | undefined,
): LoadReport {
  const { reference } = entry;
  if (!result || !missing.includes(entry)) return { reference, node, outcome: 'present', sentBytes: 0 };
  // One stream holds them all, shared layers once: its bytes are divided by the images' sizes.
  const totalBytes = missing.reduce((sum, { image }) => sum + image.sizeBytes, 0);
  const share = totalBytes === 0 ? 1 / missing.length : entry.image.sizeBytes / totalBytes;
  return { reference, node, outcome: 'loaded', sentBytes: Math.round(result.sentBytes * share) };
}

function loadFailure(
  problems: readonly { node: string; reference: string; problem: string }[],
  sent: readonly TransferResult[],
  total: number,
): Failure {
  const errors = sent.flatMap(({ node, error }) =>
    error instanceof Error
      ? [
          `${node}: ${error.message}`,
          ...(error instanceof Failure ? error.details.map((line) => `  ${line}`) : []),
        ]
      : [],
  );
  return new Failure('load', `${problems.length} of ${total} images did not get into their nodes`, {
    details: [
      ...problems.map(({ node, reference, problem }) => `${node}: ${reference}: ${problem}`),
      ...errors,
    ],
    cause: sent.find(({ error }) => error !== undefined)?.error,
  });
}
