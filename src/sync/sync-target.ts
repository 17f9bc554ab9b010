// Pure: where the files of a release go: which pods, which container of them, which port tells that it is up.

import type { ClusterObject } from '../kubernetes/client/cluster-api.ts';
import { SYNC_VOLUME } from './sync-rules.ts';

export interface SyncTarget {
  readonly namespace: string;
  /** Of its pods. */
  readonly labels: Readonly<Record<string, string>>;
  readonly container: string;
  readonly image: string;
  /** Where the program listens; undefined when the chart does not say. */
  readonly port: number | undefined;
}

/** A container of a pod that runs. */
export interface RunningContainer {
  readonly pod: string;
  /** Another one after each start. */
  readonly id: string;
}

interface Container {
  readonly name: string;
  readonly image?: string;
  readonly ports?: readonly { readonly containerPort: number }[];
  readonly volumeMounts?: readonly { readonly mountPath: string }[];
}

interface PodSpec {
  readonly containers?: readonly Container[];
}

interface Workload {
  readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> };
  readonly template?: { readonly spec?: PodSpec };
  /** Of a CronJob. */
  readonly jobTemplate?: { readonly spec?: { readonly template?: { readonly spec?: PodSpec } } };
}

/** The one container of a rendered release that runs the image, which has to mount the volume; or why there is none. */
export function findSyncTarget(
  manifest: readonly ClusterObject[],
  image: string,
): SyncTarget | { readonly problem: string } {
  const found = manifest.flatMap(({ metadata, spec }) => {
    const { selector, template, jobTemplate } = (spec ?? {}) as Workload;
    const { containers = [] } = (template ?? jobTemplate?.spec?.template)?.spec ?? {};
    return containers
      .filter((container) => container.image === image)
      .map((container) => ({ namespace: metadata.namespace, labels: selector?.matchLabels, container }));
  });
  const [first, ...others] = found;
  if (!first) return { problem: 'no workload of its chart runs the image' };
  // The ones that are left out would serve stale code.
  if (others.length > 0) return { problem: 'several containers of its chart run the image' };
  const { namespace, labels, container } = first;
  const isMounted = container.volumeMounts?.some(({ mountPath }) => mountPath === SYNC_VOLUME) === true;
  if (!labels || namespace === undefined || !isMounted)
    return { problem: `its chart mounts no volume for synced files at ${SYNC_VOLUME}` };
  return { namespace, labels, container: container.name, image, port: container.ports?.[0]?.containerPort };
}

/** The containers of the target that run now, pods that are on their way out left aside. */
export function runningContainers(target: SyncTarget, pods: readonly ClusterObject[]): RunningContainer[] {
  return pods.flatMap(({ metadata, spec, status }) => {
    if (metadata.deletionTimestamp !== undefined) return [];
    if (!Object.entries(target.labels).every(([label, value]) => metadata.labels?.[label] === value))
      return [];
    const declared = (spec as PodSpec).containers?.find(({ name }) => name === target.container);
    if (declared?.image !== target.image) return [];
    const { containerStatuses = [] } = (status ?? {}) as {
      containerStatuses?: { name: string; containerID?: string; state?: { running?: object } }[];
    };
    const found = containerStatuses.find(({ name }) => name === target.container);
    return found?.state?.running && found.containerID !== undefined
      ? [{ pod: metadata.name, id: found.containerID }]
      : [];
  });
}
