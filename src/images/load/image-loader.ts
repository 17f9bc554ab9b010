// Port: brings images from the engine into the nodes of a cluster.

import type { Task } from '../../task.ts';

export interface LoadRequest {
  readonly references: readonly string[];
  /** Node names as the driver gives them (container names for kind). */
  readonly nodes: readonly string[];
}

export interface LoadReport {
  readonly reference: string;
  readonly node: string;
  /** 'present' when the node had it already: nothing was sent. */
  readonly outcome: 'present' | 'loaded';
  /** Of what several images of one load share, the first one counts it. */
  readonly sentBytes: number;
  /** How large the image is: uncompressed bytes of all its layers, as the engine counts them. */
  readonly imageBytes: number;
  /** How many of its layers were sent; undefined where the image went as a whole. */
  readonly layers?: { readonly sent: number; readonly total: number } | undefined;
}

export interface ImageLoader {
  /** Of the references, those that the node has with the digest that the engine has. */
  present(request: LoadRequest, signal: AbortSignal): Promise<{ reference: string; node: string }[]>;
  /**
   * Sends what is missing and then checks on every node, by digest, that each image is there:
   * a load that did not work is Failure 'load', never silence.
   */
  load(request: LoadRequest, task: Task): Promise<LoadReport[]>;
}
