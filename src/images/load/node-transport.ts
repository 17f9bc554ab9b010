// Port: the way to the containerd of a node.

import type { NodeLayers } from './layer-chain.ts';
import type { NodeState } from './node-images.ts';
import type { OciArchive } from '../inspect/oci-archive.ts';

/** What one node is to take in. */
export interface NodeBundle extends OciArchive {
  /** What the node has of layers by now: those that are unpacked need no archive. */
  readonly has: NodeLayers;
}

export interface NodeQuestion {
  readonly node: string;
  /** Full names, as containerdName() makes them. */
  readonly names: readonly string[];
  readonly signal: AbortSignal;
}

export interface NodeDelivery extends NodeQuestion {
  /** Called once with what the node has. Undefined: there is nothing to bring. */
  readonly bring: (before: NodeState) => Promise<NodeBundle | undefined>;
  /** Called with the bytes that have gone to this node so far. */
  readonly onBytes: (bytes: number) => void;
}

export interface NodeVisit {
  readonly before: NodeState;
  /** As it is afterwards; `before` where nothing was brought. Undefined where it could not be asked any more. */
  readonly after: NodeState | undefined;
  /** What taking it in ended with, if not well. Whether the images are there is another question. */
  readonly error?: unknown;
}

export interface NodeTransport {
  /** Whether this way is open: a quick look, once for a load. */
  reaches(node: string, signal: AbortSignal): Promise<boolean>;
  /** What the node has. Rejects where the node cannot be asked. */
  look(question: NodeQuestion): Promise<NodeState>;
  /** Looks, brings what is asked for, and looks again. Rejects where the node cannot be asked, or was not to be. */
  deliver(delivery: NodeDelivery): Promise<NodeVisit>;
}
