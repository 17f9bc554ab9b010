// Reaches the containerd of a node by its socket, where the node is a container on this machine whose files this
// process may see (root on Linux): nothing is started in the node, and blobs go in as they are.

import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../failure.ts';
import { ContainerdClient } from './containerd-client.ts';
import { ContainerdImages } from './containerd-images.ts';
import { bringImages } from './bring-images.ts';
import type { NodeDelivery, NodeTransport, NodeQuestion, NodeVisit } from './node-transport.ts';
import { documentsBelow, nodeStateOf, type NodeState } from './node-images.ts';
import { findSnapshotter } from './node-script.ts';

/** A container as its engine knows it. */
export interface RunningContainer {
  readonly id: string;
  /** Of its first process, as the engine's machine numbers it; 0 when it does not run. */
  readonly pid: number;
}

export interface SocketNodeTransportOptions {
  readonly inspect: (name: string, signal: AbortSignal) => Promise<RunningContainer>;
  /** '/proc' of the machine. */
  readonly procFolder: string;
}

const NAMESPACE = 'k8s.io';
const SOCKET = 'run/containerd/containerd.sock';
const SETTINGS = 'etc/containerd/config.toml';

interface Way {
  readonly socketPath: string;
  readonly snapshotter: string;
}

export class SocketNodeTransport implements NodeTransport {
  readonly #options: SocketNodeTransportOptions;

  constructor(options: SocketNodeTransportOptions) {
    this.#options = options;
  }

  async reaches(node: string, signal: AbortSignal): Promise<boolean> {
    return (await this.#find(node, signal)) !== undefined;
  }

  async look(question: NodeQuestion): Promise<NodeState> {
    const way = await this.#way(question);
    using client = new ContainerdClient(way.socketPath, { namespace: NAMESPACE, signal: question.signal });
    return await lookIn(new ContainerdImages(client), way.snapshotter, question.names);
  }

  async deliver(delivery: NodeDelivery): Promise<NodeVisit> {
    const { names, signal } = delivery;
    const way = await this.#way(delivery);
    const lease = `slipway-${randomUUID()}`;
    using client = new ContainerdClient(way.socketPath, { namespace: NAMESPACE, lease, signal });
    const images = new ContainerdImages(client);
    const before = await lookIn(images, way.snapshotter, names);
    const bundle = await delivery.bring(before);
    if (!bundle) return { before, after: before };
    let error: unknown;
    await images.createLease(lease, Date.now());
    try {
      await bringImages(images, bundle, { ...way, onBytes: delivery.onBytes, signal });
    } catch (caught) {
      error = caught;
    } finally {
      // A stop must not leave it behind: this call has a signal of its own.
      await this.#deleteLease(way, lease);
    }
    signal.throwIfAborted();
    const after = await lookIn(images, way.snapshotter, names).catch(() => undefined);
    return { before, after, ...(error === undefined ? {} : { error }) };
  }

  async #deleteLease({ socketPath }: Way, lease: string): Promise<void> {
    using client = new ContainerdClient(socketPath, {
      namespace: NAMESPACE,
      signal: AbortSignal.timeout(5000),
    });
    // It expires in any case.
    await new ContainerdImages(client).deleteLease(lease).catch(() => {});
  }

  async #way({ node, signal }: NodeQuestion): Promise<Way> {
    const way = await this.#find(node, signal);
    if (!way) throw new Failure('load', `the containerd of ${node} cannot be reached by its socket any more`);
    return way;
  }

  /** Undefined where this way is not open: another machine, no right, a node that is set up in another way. */
  async #find(node: string, signal: AbortSignal): Promise<Way | undefined> {
    const { id, pid } = await this.#options.inspect(node, signal);
    if (pid === 0) return undefined;
    const processFolder = join(this.#options.procFolder, String(pid));
    const root = join(processFolder, 'root');
    try {
      // An engine in a virtual machine tells numbers of processes there: here that may be any process, with another
      // containerd in its root. The mounts of a container name its id.
      if (!(await readFile(join(processFolder, 'mountinfo'), 'utf8')).includes(id)) return undefined;
      const snapshotter = findSnapshotter(await readFile(join(root, SETTINGS), 'utf8'));
      return snapshotter === undefined ? undefined : { socketPath: join(root, SOCKET), snapshotter };
    } catch {
      signal.throwIfAborted();
      return undefined;
    }
  }
}

async function lookIn(
  images: ContainerdImages,
  snapshotter: string,
  names: readonly string[],
): Promise<NodeState> {
  const [found, blobs, chains] = await Promise.all([
    images.find(names),
    images.blobs(),
    images.chains(snapshotter),
  ]);
  const documents = new Map<string, string>();
  const read = async (digest: string): Promise<void> => {
    if (documents.has(digest) || !blobs.has(digest)) return;
    const text = await images.read(digest);
    if (text === undefined) return;
    documents.set(digest, text);
    await Promise.all(documentsBelow(text).map(read));
  };
  await Promise.all(found.map(({ target }) => read(target.digest)));
  const targets = found.map(({ name, target, labels }) => {
    const managed = labels?.['io.cri-containerd.image'] === 'managed';
    return [name, { digest: target.digest, managed }] as const;
  });
  return nodeStateOf({ targets: new Map(targets), documents, layers: { chains, blobs }, snapshotter });
}
