// Does the steps of `down`. Each removal is awaited and verified before it counts.

import { rm } from 'node:fs/promises';
import type { ClusterDriver } from '../cluster/cluster-driver.ts';
import type { Perform } from '../engine/run-plan.ts';
import type { ReleaseStore } from '../helm/release-store.ts';
import type { ImageStore } from '../image/image-store.ts';
import type { ClusterApi } from '../kubernetes/cluster-api.ts';
import { waitForGone } from '../kubernetes/wait-for-gone.ts';
import { Failure } from '../failure.ts';
import type { Resource } from '../plan/step.ts';
import type { Artifact } from '../toolchain/artifact.ts';
import type { Task } from '../task.ts';
import { removeClusterRecord } from './cluster-record.ts';
import { removeCustomResources, removeDefinitions } from './remove-custom-resources.ts';

export interface DownTools {
  /** Programs that have to be made first, where they are missing. */
  readonly artifacts: readonly Artifact[];
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

export function performDown(tools: DownTools): Perform {
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
  const { watchingHooks } = await import('./hook-watch.ts');
  return watchingHooks(
    { api, release, doing: 'helm uninstall' },
    (giveUp) => releases.uninstall(release, AbortSignal.any([task.signal, giveUp])),
    task,
  );
}

async function remove(tools: DownTools, resource: Resource, task: Task): Promise<string | undefined> {
  const { signal } = task;
  switch (resource.kind) {
    case 'custom-resources': {
      const request = { api: tools.api!, groups: resource.groups, deadlineMs: GONE_WITHIN_MS };
      return `${await removeCustomResources(request, task)} removed`;
    }
    case 'release': {
      const wasThere = await uninstall(tools, resource, task);
      if (resource.groups?.length) {
        const request = { api: tools.api!, groups: resource.groups, deadlineMs: GONE_WITHIN_MS };
        await removeDefinitions(request, task);
      }
      return wasThere ? undefined : 'was gone already';
    }
    case 'secret':
    case 'namespace': {
      const reference = {
        apiVersion: 'v1',
        kind: resource.kind === 'secret' ? 'Secret' : 'Namespace',
        name: resource.name,
        ...(resource.kind === 'secret' ? { namespace: resource.namespace } : {}),
      };
      const wasThere = await tools.api!.delete(reference, signal);
      await waitForGone({ api: tools.api!, references: [reference], deadlineMs: GONE_WITHIN_MS }, task);
      return wasThere ? undefined : 'was gone already';
    }
    case 'cluster':
      await tools.driver.delete(resource.name, task);
      await removeClusterRecord(tools.stateFolder);
      await rm(tools.kubeconfigFile, { force: true });
      return undefined;
    case 'image': {
      const removal = await tools.images.remove(resource.reference, signal);
      if (removal === 'in-use') return 'kept: something that is not ours uses it';
      if (await tools.images.find(resource.reference, signal)) {
        throw new Failure('engine', `the image ${resource.reference} is still there after its removal`);
      }
      return removal === 'removed' ? undefined : 'was gone already';
    }
  }
}
