// Pure: the runs of containers that a look at pods tells of, each of which has a log of its own.

import type { ClusterObject } from '../kubernetes/client/cluster-api.ts';
import { statusOf, type ContainerStatus, type PodStatus } from '../kubernetes/object-shapes.ts';

export interface ContainerRun {
  /** The runtime's id of the container: another one after each restart. */
  readonly id: string;
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** It is the run before the one that goes on. */
  readonly isPrevious: boolean;
  readonly isOver: boolean;
}

/** Of one pod, init containers included; a run that was too short to be seen running is found as the previous one. */
export function containerRunsOf(pod: ClusterObject): ContainerRun[] {
  const { initContainerStatuses = [], containerStatuses = [] } = statusOf<PodStatus>(pod);
  return [...initContainerStatuses, ...containerStatuses].flatMap((status) => runsOf(pod, status));
}

function runsOf({ metadata }: ClusterObject, status: ContainerStatus): ContainerRun[] {
  const { name: container, containerID = '', state, lastState } = status;
  const place = { namespace: metadata.namespace ?? 'default', pod: metadata.name, container };
  const previous = lastState?.terminated?.containerID ?? '';
  const ended = state?.terminated?.containerID ?? '';
  const isOver = state?.running === undefined;
  const now = ended === '' ? containerID : ended;
  return [
    ...(previous === '' || previous === now
      ? []
      : [{ ...place, id: previous, isPrevious: true, isOver: true }]),
    ...(now === '' ? [] : [{ ...place, id: now, isPrevious: false, isOver }]),
  ];
}
