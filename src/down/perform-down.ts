// Does the steps of `down`. Each removal is awaited and verified before it counts.

import { rm } from 'node:fs/promises';
import type { ClusterDriver } from '../cluster/cluster-driver.ts';
import type { ReleaseStore } from '../releases/release-store.ts';
import { CLUSTER_LABEL, isOwnReference } from '../images/image-ownership.ts';
import type { ImageStore } from '../images/image-store.ts';
import type { ClusterApi, ObjectReference } from '../kubernetes/client/cluster-api.ts';
import {
  ENVIRONMENT_LABEL,
  foreignOwner,
  isOurs,
  ownershipLabels,
  sharedLabels,
  usersOf,
} from '../kubernetes/ownership.ts';
import { handedTo, namespaceHeir } from '../kubernetes/namespace-heir.ts';
import { sharedBy } from '../plan/plan-down.ts';
import { otherUsers } from '../state/other-places.ts';
import { waitForGone } from '../kubernetes/wait-for-gone.ts';
import { Failure } from '../failure.ts';
import type { Resource } from '../plan/step.ts';
import type { Artifact } from '../packages/artifact.ts';
import type { Task } from '../task.ts';
import { removeClusterRecord } from '../cluster/cluster-record.ts';
import type { Remove, Removal } from '../run/journalled.ts';
import { removeCustomResources, removeDefinitions, type RemovalRequest } from './remove-custom-resources.ts';

export interface DownTools {
  /** Name of the environment: nothing of another one is taken away. */
  readonly name: string;
  /** Programs that have to be made first, where they are missing. */
  readonly artifacts: readonly Artifact[];
  readonly clusterName: string;
  /** Other environments that are in the cluster and stay. */
  readonly sharers?: readonly string[] | undefined;
  readonly stateFolder: string;
  readonly kubeconfigFile: string;
  readonly images: ImageStore;
  readonly driver: ClusterDriver;
  /** Only where the cluster answers. */
  readonly api: ClusterApi | undefined;
  readonly releases: ReleaseStore;
}

/** A namespace with finalizers that hold on, or a pod with a long grace period. */
const GONE_WITHIN_MS = 120_000;

export function performDown(tools: DownTools): Remove {
  return async (step, task) => {
    if (step.resource) return remove(tools, step.resource, task);
    await tools.artifacts.find((artifact) => artifact.id === step.subject)!.make(task);
    return undefined;
  };
}

/** Charts may have hooks for their removal, too. */
async function uninstall(
  { api, releases }: DownTools,
  release: { readonly name: string; readonly namespace: string },
  task: Task,
): Promise<boolean> {
  if (api === undefined) return releases.uninstall(release, task.signal);
  // Late: what goes with its cluster needs none of it.
  const { watchingHooks } = await import('../releases/hook-watch.ts');
  return watchingHooks(
    { api, release, doing: 'helm uninstall' },
    (giveUp) => releases.uninstall(release, AbortSignal.any([task.signal, giveUp])),
    task,
  );
}

const REMOVED: Removal = { end: 'removed' };
const ABSENT: Removal = { end: 'absent' };

async function remove(tools: DownTools, resource: Resource, task: Task): Promise<Removal> {
  const { signal } = task;
  switch (resource.kind) {
    case 'custom-resources':
      return removeCustomResources(requestOf(tools, resource.groups), task);
    case 'release': {
      const { name, namespace } = resource;
      const found = (await tools.releases.list(signal)).find(
        (release) => release.name === name && release.namespace === namespace,
      );
      const foreign = found && foreignOwner(tools.name, found.labels);
      if (foreign !== undefined) return { end: 'kept', reason: foreign, isOurs: false };
      const heir = found && (await heirOf(tools, namespace, signal));
      if (heir !== undefined) {
        await tools.releases.relabel(resource, ownershipLabels(heir), signal);
        return handedOver(heir);
      }
      const wasThere = await uninstall(tools, resource, task);
      if (resource.groups?.length) await removeDefinitions(requestOf(tools, resource.groups), task);
      return wasThere ? REMOVED : ABSENT;
    }
    case 'secret': {
      const { name, namespace } = resource;
      return removeObject(tools, { apiVersion: 'v1', kind: 'Secret', name, namespace }, task);
    }
    case 'namespace':
      return removeObject(tools, { apiVersion: 'v1', kind: 'Namespace', name: resource.name }, task);
    case 'cluster': {
      const { isOnOwnNetwork, status } = await tools.driver.observe(resource.name, signal);
      const foreign =
        resource.name !== tools.clusterName
          ? 'is not the cluster of this environment'
          : status !== 'absent' && !isOnOwnNetwork
            ? 'was not made by Slipway'
            : undefined;
      if (foreign !== undefined) return { end: 'kept', reason: foreign, isOurs: false };
      // One may have come since the plan was made.
      const sharers = status === 'absent' ? [] : await otherUsers(tools, tools.api, signal);
      if (sharers.length > 0) return { end: 'kept', reason: sharedBy(sharers), isOurs: false };
      await tools.driver.delete(resource.name, task);
      await removeClusterRecord(tools.stateFolder);
      await rm(tools.kubeconfigFile, { force: true });
      return REMOVED;
    }
    case 'image': {
      const found = await tools.images.find(resource.reference, signal);
      if (found && !isOwnReference(resource.reference, found.labels))
        return { end: 'kept', reason: 'was not made by Slipway under this name', isOurs: false };
      const sharers = tools.sharers ?? [];
      // One of an addon, or a base: it is made once for all.
      if (found && found.labels[CLUSTER_LABEL] === undefined && sharers.length > 0)
        return { end: 'kept', reason: sharedBy(sharers), isOurs: false };
      const removal = await tools.images.remove(resource.reference, signal);
      if (removal === 'in-use')
        return { end: 'kept', reason: 'is in use by something that is not ours', isOurs: true };
      if (await tools.images.find(resource.reference, signal)) {
        throw new Failure('engine', `the image ${resource.reference} is still there after its removal`);
      }
      return removal === 'removed' ? REMOVED : ABSENT;
    }
  }
}

function heirOf(
  { api, name: environment }: DownTools,
  namespace: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  return namespaceHeir(api, { environment, namespace }, signal);
}

function handedOver(heir: string): Removal {
  return { end: 'kept', reason: handedTo(heir), isOurs: false };
}

/** Whose it is says the live object, and the very one that said so is deleted: not one that has come in its place. */
async function removeObject(
  tools: DownTools,
  reference: ObjectReference,
  { signal, report }: Task,
): Promise<Removal> {
  const api = tools.api!;
  const found = await api.get(reference, signal);
  if (found === undefined) return ABSENT;
  const { labels } = found.metadata;
  const foreign = foreignOwner(tools.name, labels);
  const isNamespace = reference.kind === 'Namespace';
  const relabel = async (wanted: Readonly<Record<string, string>>): Promise<void> => {
    const { apiVersion, kind, name, namespace } = reference;
    const place = namespace === undefined ? { name } : { name, namespace };
    await api.apply({ apiVersion, kind, metadata: { ...place, labels: wanted } }, { signal });
  };
  const users = usersOf(labels);
  if (foreign !== undefined) {
    if (isNamespace && isOurs(labels) && users.includes(tools.name)) {
      const others = users.filter((user) => user !== tools.name);
      await relabel(sharedLabels(labels![ENVIRONMENT_LABEL]!, others));
    }
    return { end: 'kept', reason: foreign, isOurs: false };
  }
  const heir = await heirOf(tools, isNamespace ? reference.name : reference.namespace!, signal);
  if (heir !== undefined) {
    await relabel(isNamespace ? sharedLabels(heir, users) : ownershipLabels(heir));
    return handedOver(heir);
  }
  await api.delete(reference, signal, found.metadata.uid);
  const uids = [found.metadata.uid];
  await waitForGone({ api, references: [reference], uids, deadlineMs: GONE_WITHIN_MS }, { signal, report });
  return REMOVED;
}

function requestOf(tools: DownTools, groups: readonly string[]): RemovalRequest {
  return { api: tools.api!, environment: tools.name, groups, deadlineMs: GONE_WITHIN_MS };
}
