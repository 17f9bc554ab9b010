// Port: makes, finds and deletes a local Kubernetes cluster.

import type { Task } from '../task.ts';

export interface PortMapping {
  readonly name: string; // 'http', 'https'
  readonly containerPort: number;
  readonly hostPort: number;
  /** '127.0.0.1' unless the config says otherwise. */
  readonly listenAddress: string;
}

export interface ClusterSpec {
  readonly name: string;
  /** Path of the driver's own config file (kind/cluster.yaml). */
  readonly configFile: string;
  /** Node image reference in the engine; undefined lets the driver use its own default. */
  readonly nodeImage: string | undefined;
  /** Host ports that were chosen for the run; they replace those of the config file. */
  readonly ports: readonly PortMapping[];
  /** Where the kubeconfig is written (0600). Slipway never touches the user's own kubeconfig. */
  readonly kubeconfigFile: string;
}

export interface ClusterState {
  readonly status: 'absent' | 'stopped' | 'running';
  readonly nodes: readonly string[];
  readonly ports: readonly PortMapping[];
  /** Its nodes are on the network that only Slipway makes: a cluster that somebody else gave this name is not. */
  readonly isOnOwnNetwork: boolean;
  /**
   * When the node that was started last was started, in milliseconds since 1970. Undefined when that is two minutes ago
   * or longer, or when not all of them run.
   */
  readonly startedAtMs?: number | undefined;
}

export interface ClusterDriver {
  readonly kind: 'kind' | 'minikube' | 'existing';
  observe(name: string, signal: AbortSignal): Promise<ClusterState>;
  /** Creates the cluster and writes its kubeconfig. A half-made cluster is removed when it fails or is cancelled. */
  create(spec: ClusterSpec, task: Task): Promise<void>;
  /** Writes the kubeconfig of a cluster that exists anew (0600). */
  writeKubeconfig(name: string, file: string, signal: AbortSignal): Promise<void>;
  /**
   * Starts the stopped nodes of a cluster that exists, lets paused ones go on, and resolves when what its API tells of
   * them is of now. Where nothing is to do it only looks. Rejects with Failure 'timeout' and the last state seen.
   */
  start(name: string, task: Task): Promise<void>;
  /** Deletes the cluster, its containers, volumes and network (if nobody else uses that). Absent is fine. */
  delete(name: string, task: Task): Promise<void>;
}
