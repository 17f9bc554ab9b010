// Pure: whether services that are left alone go on serving.

import type { ClusterObject } from '../kubernetes/client/cluster-api.ts';
import { conditionOf, statusOf, type ContainerStatus, type PodStatus } from '../kubernetes/object-shapes.ts';

export interface PodHealth {
  readonly ready: number;
  readonly total: number;
  /** Of a pod that is not ready: 'backend-5d4f-x2x is in CrashLoopBackOff'. */
  readonly trouble: string | undefined;
}

/** By service; pods that are done or on their way out are passed over. `services` gives the release by uid of a pod. */
export function podHealthOf(
  pods: readonly ClusterObject[],
  services: ReadonlyMap<string, string>,
): Map<string, PodHealth> {
  const found = new Map<string, PodHealth>();
  for (const pod of pods) {
    const service = services.get(pod.metadata.uid ?? pod.metadata.name);
    const status = statusOf<PodStatus>(pod);
    if (service === undefined || status.phase === 'Succeeded' || pod.metadata.deletionTimestamp !== undefined)
      continue;
    const { ready, total, trouble } = found.get(service) ?? { ready: 0, total: 0, trouble: undefined };
    const isReady = conditionOf(status.conditions, 'Ready')?.status === 'True';
    found.set(service, {
      ready: ready + (isReady ? 1 : 0),
      total: total + 1,
      trouble: trouble ?? (isReady ? undefined : describeTrouble(pod)),
    });
  }
  return found;
}

/** What every pod passes through on its way. */
const BEGINNINGS = ['ContainerCreating', 'PodInitializing', 'Completed'];

function describeTrouble(pod: ClusterObject): string {
  const { initContainerStatuses = [], containerStatuses = [] } = statusOf<PodStatus>(pod);
  const all: readonly ContainerStatus[] = [...initContainerStatuses, ...containerStatuses];
  const reasons = all.map(({ state }) => state?.waiting?.reason ?? state?.terminated?.reason ?? '');
  const reason = reasons.find((one) => one !== '' && !BEGINNINGS.includes(one));
  return `${pod.metadata.name} is ${reason === undefined ? 'not ready' : `in ${reason}`}`;
}

/** Remembers what was told, so that only what lasts and is new is told. */
export class HealthWatch {
  /** By service, what two looks one after another have to agree on. */
  readonly #seen = new Map<string, string>();
  readonly #told = new Map<string, string>();

  /** What is to be told after this look. A service that is being worked on tells by itself how that goes. */
  take(
    health: ReadonlyMap<string, PodHealth>,
    isBusy: (service: string) => boolean,
  ): { readonly service: string; readonly health: PodHealth }[] {
    return [...health].flatMap(([service, now]) => {
      // Which pod it is does not matter: the next one in its place is in the same trouble.
      const kind = now.trouble?.replace(/^\S+ /, '');
      const text = kind === undefined ? 'well' : `${now.ready}/${now.total} ${kind}`;
      const isSteady = this.#seen.get(service) === text;
      this.#seen.set(service, text);
      // It was well when it was brought up.
      const told = this.#told.get(service) ?? 'well';
      if (isBusy(service)) this.#told.delete(service);
      if (isBusy(service) || !isSteady || told === text) return [];
      this.#told.set(service, text);
      return [{ service, health: now }];
    });
  }
}
