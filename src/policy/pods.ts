// Pure: pods, wherever they stand in an object, and their containers.

import { isMap, labelsAt, listAt, numberAt, textAt, valueAt, type FieldPath } from './fields.ts';
import type { PolicyObject, PolicySet } from './policy-set.ts';

/** Where the pod stands in objects of a kind: at its own `metadata` and `spec`. */
const podPaths: Readonly<Record<string, FieldPath>> = {
  Pod: [],
  Deployment: ['spec', 'template'],
  ReplicaSet: ['spec', 'template'],
  StatefulSet: ['spec', 'template'],
  DaemonSet: ['spec', 'template'],
  ReplicationController: ['spec', 'template'],
  Job: ['spec', 'template'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template'],
};

/** Kinds whose pods run for good and are called by others. */
const SERVING = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet']);

export interface Pod {
  readonly object: PolicyObject;
  /** Of its spec, in the object. */
  readonly path: FieldPath;
  readonly spec: unknown;
  readonly labels: ReadonlyMap<string, string>;
  readonly annotations: ReadonlyMap<string, string>;
  readonly containers: readonly Container[];
  /** False for jobs and single pods. */
  readonly isServing: boolean;
}

export interface Container {
  readonly pod: Pod;
  readonly name: string;
  /** In the object. */
  readonly path: FieldPath;
  readonly body: unknown;
  readonly image: string | undefined;
  /** False for what ends before the others start. */
  readonly isMain: boolean;
}

/** The pods that the objects make, each as its template. */
export function podsOf(set: PolicySet): Pod[] {
  return set.objects.flatMap((object) => podOf(object) ?? []);
}

/** The containers of all pods. */
export function containersOf(set: PolicySet): Container[] {
  return set.objects.flatMap(containersOfObject);
}

/** The containers of an object; none where its kind has no pod. */
export function containersOfObject(object: PolicyObject): readonly Container[] {
  return podOf(object)?.containers ?? [];
}

/** The pod of an object; undefined where its kind has none. */
export function podOf(object: PolicyObject): Pod | undefined {
  if (!Object.hasOwn(podPaths, object.kind)) return undefined;
  const base = podPaths[object.kind]!;
  const template = valueAt(object.body, ...base);
  const path = [...base, 'spec'];
  const containers: Container[] = [];
  const pod: Pod = {
    object,
    path,
    spec: valueAt(template, 'spec'),
    labels: labelsAt(template, 'metadata', 'labels'),
    annotations: labelsAt(template, 'metadata', 'annotations'),
    containers,
    isServing: SERVING.has(object.kind),
  };
  for (const list of ['initContainers', 'containers'] as const) {
    listAt(pod.spec, list).forEach((body, index) => {
      containers.push({
        pod,
        name: textAt(body, 'name') ?? `${list}[${index}]`,
        path: [...path, list, index],
        body,
        image: textAt(body, 'image'),
        isMain: list === 'containers',
      });
    });
  }
  return pod;
}

/** A field of the container's security context; where it is absent, that of the pod's. */
export function securityOf(container: Container, field: string): unknown {
  const own = valueAt(container.body, 'securityContext', field);
  return own ?? valueAt(container.pod.spec, 'securityContext', field);
}

export interface ContainerPort {
  readonly number: number | undefined;
  readonly name: string | undefined;
  readonly protocol: string;
}

/** The ports that a container declares. */
export function portsOfContainer(container: Container): ContainerPort[] {
  return listAt(container.body, 'ports')
    .filter(isMap)
    .map((port) => ({
      number: numberAt(port, 'containerPort'),
      name: textAt(port, 'name'),
      protocol: textAt(port, 'protocol') ?? 'TCP',
    }));
}

/** The ports that all containers of a pod declare. */
export function portsOfPod(pod: Pod): ContainerPort[] {
  return pod.containers.flatMap(portsOfContainer);
}

/** Whether the ports have one of that number or name. */
export function hasPort(ports: readonly ContainerPort[], wanted: unknown): boolean {
  return ports.some((port) => wanted !== undefined && (port.number === wanted || port.name === wanted));
}

/** 'http (8000)', 'metrics (9090)', for messages; 'none' where there is none. */
export function listPorts(ports: readonly ContainerPort[]): string {
  const texts = ports.map(({ number, name }) => (name === undefined ? `${number}` : `${name} (${number})`));
  return texts.join(', ') || 'none';
}

/** A place in a container. */
export function inContainer(
  container: Container,
  ...path: FieldPath
): { object: PolicyObject; path: FieldPath } {
  return { object: container.pod.object, path: [...container.path, ...path] };
}
