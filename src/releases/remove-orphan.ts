// Takes away a release that an earlier config named.

import { definitionGroups } from '../addons/definition-groups.ts';
import { handedTo, namespaceHeir } from '../kubernetes/namespace-heir.ts';
import { ownershipLabels } from '../kubernetes/ownership.ts';
import type { Step } from '../plan/step.ts';
import type { Task } from '../task.ts';
import { removeCustomResources, removeDefinitions } from '../down/remove-custom-resources.ts';
import type { UpTools } from '../up/up-tools.ts';

/** Resources with finalizers that hold on, or a pod with a long grace period. */
const GONE_WITHIN_MS = 120_000;

/** An addon that another environment in the cluster uses goes over to that one. Custom resources go first: the program that tends them may have to clean up. */
export async function removeOrphan(
  { run, releases, connect }: Pick<UpTools, 'run' | 'releases' | 'connect'>,
  { resource }: Step,
  task: Task,
): Promise<string | undefined> {
  if (resource?.kind !== 'release') throw new Error('only releases are left over');
  const api = await connect();
  const { namespace } = resource;
  const heir = await namespaceHeir(api, { environment: run.name, namespace }, task.signal);
  if (heir !== undefined) {
    await releases.relabel(resource, ownershipLabels(heir), task.signal);
    return `kept: it ${handedTo(heir)}`;
  }
  const groups = definitionGroups(resource);
  const request = groups && {
    ...{ api, groups, environment: run.name, deadlineMs: GONE_WITHIN_MS },
  };
  if (request) await removeCustomResources(request, task);
  const wasThere = await releases.uninstall(resource, task.signal);
  if (request) await removeDefinitions(request, task);
  return wasThere ? undefined : 'was gone already';
}
