// Port: brings images from the engine into the nodes of a cluster.

import type { Task } from '../task.ts';

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
  readonly sentBytes: number;
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
