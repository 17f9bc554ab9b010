// Pure: where a connection to a Service would go, as the Service itself would decide.

import type { ClusterObject } from '../kubernetes/client/cluster-api.ts';
import {
  conditionOf,
  hasLabels,
  specOf,
  statusOf,
  timeOf,
  type PodStatus,
} from '../kubernetes/object-shapes.ts';
import type { TunnelTarget } from '../kubernetes/exec/pod-tunnel.ts';

export interface ForwardSpec {
  /** Name in the config. */
  readonly name: string;
  readonly namespace: string;
  readonly service: string;
  /** Of the Service. */
  readonly port: number;
  /** Wanted on this machine. */
  readonly localPort: number;
}

export type ForwardTarget = TunnelTarget | { readonly reason: string };

interface ServiceFields {
  readonly selector?: Readonly<Record<string, string>>;
  readonly ports?: readonly { readonly port: number; readonly targetPort?: number | string }[];
}
interface PodFields {
  readonly containers?: readonly {
    readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[];
  }[];
}

/** A ready pod of the Service and its port; of several the one that is in use, else the newest. */
export function findTarget(
  spec: ForwardSpec,
  service: ClusterObject | undefined,
  pods: readonly ClusterObject[],
  currentPod: string | undefined,
): ForwardTarget {
  const at = `service ${spec.service}`;
  if (!service) return { reason: `there is no ${at} in ${spec.namespace}` };
  const { selector = {}, ports = [] } = specOf<ServiceFields>(service);
  const port = ports.find((one) => one.port === spec.port);
  if (!port)
    return { reason: `${at} has no port ${spec.port}; it has ${ports.map((one) => one.port).join(', ')}` };
  if (Object.keys(selector).length === 0) return { reason: `${at} selects no pods` };
  const mine = pods.filter(
    ({ metadata }) => metadata.namespace === spec.namespace && hasLabels(metadata.labels, selector),
  );
  const ready = mine.filter(isReady).sort((left, right) => ageOf(right) - ageOf(left));
  const chosen = ready.find(({ metadata }) => metadata.name === currentPod) ?? ready[0];
  if (!chosen) return { reason: explain(at, mine) };
  const number = portOf(chosen, port.targetPort ?? port.port);
  if (number === undefined)
    return { reason: `pod ${chosen.metadata.name} has no port named ${port.targetPort}` };
  return { namespace: spec.namespace, pod: chosen.metadata.name, port: number };
}

function isReady(pod: ClusterObject): boolean {
  const { conditions } = statusOf<PodStatus>(pod);
  return pod.metadata.deletionTimestamp === undefined && conditionOf(conditions, 'Ready')?.status === 'True';
}

function ageOf({ metadata }: ClusterObject): number {
  return timeOf(metadata.creationTimestamp) ?? 0;
}

function portOf(pod: ClusterObject, port: number | string): number | undefined {
  if (typeof port === 'number') return port;
  const { containers = [] } = specOf<PodFields>(pod);
  return containers.flatMap(({ ports = [] }) => ports).find(({ name }) => name === port)?.containerPort;
}

function explain(at: string, pods: readonly ClusterObject[]): string {
  if (pods.length === 0) return `${at} has no pods`;
  const states = pods.map((pod) => {
    const { phase = 'Unknown' } = statusOf<PodStatus>(pod);
    const isGoing = pod.metadata.deletionTimestamp !== undefined;
    return `${pod.metadata.name} is ${isGoing ? 'on its way out' : phase === 'Running' ? 'not ready' : phase}`;
  });
  return `no pod of ${at} is ready: ${states.join(', ')}`;
}
