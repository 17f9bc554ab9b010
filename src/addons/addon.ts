// Port: a part of the cluster that applications need (ingress controller, cert-manager, Dapr, ...).

import type { Artifact } from '../packages/artifact.ts';
import type { ReleaseSpec } from '../releases/release-store.ts';
import type { ClusterApi } from '../kubernetes/client/cluster-api.ts';
import type { PortMapping } from '../cluster/cluster-driver.ts';
import type { Task } from '../task.ts';

export interface AddonContext {
  readonly api: ClusterApi;
  readonly ports: readonly PortMapping[];
}

export interface Addon {
  readonly name: string;
  readonly version: string;
  /** What has to be made first when no container registry answers; the last ones are images to load. */
  readonly artifacts: readonly Artifact[];
  /** Image references that must be in the nodes before install; empty when they are pulled from a registry. */
  readonly images: readonly string[];
  /** Installed as a helm release; fingerprint, upgrade and removal are those of any release. */
  readonly release: ReleaseSpec;
  /** Proves from outside that it does its work; rejects with Failure 'addon' and the last state seen after its deadline. */
  verify(context: AddonContext, task: Task): Promise<void>;
}
