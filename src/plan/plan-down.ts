// Pure: what exists because of us → the steps of `down`: the graph of `up` backwards.

import { resourceKey, type Resource, type Step } from './step.ts';

export interface DownOptions {
  readonly keepCluster: boolean;
  readonly keepImages: boolean;
  /** Other environments that need the cluster. */
  readonly sharers?: readonly string[] | undefined;
  /** Why what is in the cluster is not removed by itself, but goes with it: it does not answer, or nobody wants to wait. */
  readonly goesWithCluster?: string | undefined;
  /** helm, where it has to be made before it can take releases away: the cache may have been deleted meanwhile. */
  readonly missingHelm?: { readonly id: string; readonly title: string } | undefined;
}

/** A resource is removed when everything that was made on top of it is gone. */
export function planDown(made: readonly Resource[], options: DownOptions): Step[] {
  const resources = withCustomResources(made);
  const keys = resources.map(resourceKey);
  const removals = resources
    .map((resource, index): Step => {
      const key = keys[index]!;
      const below = resource.kind === 'custom-resources' ? resource.after : [key];
      const onTop = resources
        .filter((other) => other !== resource && other.after.some((needed) => below.includes(needed)))
        .map(resourceKey);
      // Images go last: a node container may still run one.
      const clusters = resource.kind === 'image' ? keys.filter((other) => other.startsWith('cluster:')) : [];
      return {
        id: key,
        group: resource.kind,
        subject: subjectOf(resource),
        title: titleOf(resource),
        needs: [...onTop, ...clusters],
        lane: 'cluster',
        ...verdictOn(resource, options),
        resource,
      };
    })
    .reverse();
  return withHelm(removals, options.missingHelm);
}

function withHelm(removals: readonly Step[], missing: DownOptions['missingHelm']): Step[] {
  const isNeeded = ({ group, action }: Step): boolean => group === 'release' && action === 'do';
  if (missing === undefined || !removals.some(isNeeded)) return [...removals];
  const helm: Step = {
    ...{ id: `artifact:${missing.id}`, group: 'artifact', subject: missing.id, title: missing.title },
    ...{ needs: [], lane: 'compile', action: 'do', reason: 'takes releases away, and is not in the cache' },
  };
  return [
    helm,
    ...removals.map((step) => (isNeeded(step) ? { ...step, needs: [helm.id, ...step.needs] } : step)),
  ];
}

/**
 * Custom resources go while the program that tends them still runs: it may have to clean up, and its finalizers
 * would hold them for ever once it is gone (tilt#6384). Other releases brought them, so they go after those.
 */
function withCustomResources(made: readonly Resource[]): Resource[] {
  return made.flatMap((resource): Resource[] => {
    if (resource.kind !== 'release' || !resource.groups?.length) return [resource];
    const key = resourceKey(resource);
    return [
      resource,
      { kind: 'custom-resources', name: resource.name, groups: resource.groups, after: [key] },
    ];
  });
}

/** Whether it lives in the cluster, and goes where that goes. */
export function isInCluster({ kind }: Resource): boolean {
  return kind !== 'image' && kind !== 'cluster';
}

/** Why a cluster stays, to follow 'it'. */
export function sharedBy(environments: readonly string[]): string {
  return `is shared with the environment ${environments.join(' and ')}`;
}

function verdictOn(resource: Resource, options: DownOptions): Pick<Step, 'action' | 'reason'> {
  if (resource.kind === 'image') {
    if (options.keepImages) return { action: 'skip', reason: 'kept (--keep-images)' };
    return { action: 'do', reason: 'ours' };
  }
  if (resource.kind === 'cluster') {
    if (options.sharers?.length) return { action: 'skip', reason: `kept: it ${sharedBy(options.sharers)}` };
    if (options.keepCluster) return { action: 'skip', reason: 'kept (--keep-cluster)' };
    return { action: 'do', reason: 'ours' };
  }
  if (options.goesWithCluster === undefined) return { action: 'do', reason: 'ours' };
  return { action: 'skip', reason: options.goesWithCluster };
}

function titleOf(resource: Resource): string {
  return resource.kind === 'custom-resources'
    ? `Remove custom resources of ${resource.name}`
    : `Remove ${resource.kind} ${subjectOf(resource)}`;
}

function subjectOf(resource: Resource): string {
  return resource.kind === 'image' ? resource.reference : resource.name;
}
