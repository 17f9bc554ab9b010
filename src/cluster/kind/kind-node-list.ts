// Pure: reads what the container engine's CLI says about the containers of a kind cluster.

import type { ClusterState, PortMapping } from '../cluster-driver.ts';

/** kind puts the name of the cluster on each of its containers under this label. */
export const kindClusterLabel = 'io.x-k8s.kind.cluster';
/** ... and under this one what the container is. */
export const kindRoleLabel = 'io.x-k8s.kind.role';

// Where kind's nodes serve the Kubernetes API: published on a port of kind's choice, not one of ours.
const apiPort = 6443;
const loadBalancerRole = 'external-load-balancer';

export interface KindContainer {
  readonly name: string;
  readonly role: string;
  readonly isRunning: boolean;
  /** Its processes are frozen. */
  readonly isPaused: boolean;
  readonly networks: readonly string[];
  /** It runs, and was started less than two minutes ago. The list does not tell when: 'Up About a minute'. */
  readonly isYoung: boolean;
  /** What is published now; a stopped container publishes nothing. */
  readonly ports: readonly Omit<PortMapping, 'name'>[];
}

/** Format of `docker ps` that `parseKindContainers` reads. */
export const kindContainerFormat = `{{.Names}}\t{{.Label "${kindRoleLabel}"}}\t{{.State}}\t{{.Ports}}\t{{.Networks}}\t{{.Status}}`;

/** One line per container, in kindContainerFormat. */
export function parseKindContainers(output: string): KindContainer[] {
  return output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [name = '', role = '', state = '', ports = '', networks = '', status = ''] = line.split('\t');
      return {
        ...{ name, role, isRunning: state === 'running', isPaused: state === 'paused' },
        ports: parsePublishedPorts(ports),
        networks: networks.split(','),
        isYoung: state === 'running' && isYoung(status),
      };
    })
    .sort((a, b) => roleOrder(a.role) - roleOrder(b.role) || (a.name < b.name ? -1 : 1));
}

/** Of the engine's words: 'Up Less than a second', 'Up 11 seconds', 'Up About a minute', and only then 'Up 2 minutes'. */
function isYoung(status: string): boolean {
  return /^Up (less than a second|\d+ seconds?\b|about a minute)/i.test(status);
}

/**
 * '127.0.0.1:8080->80/tcp, 0.0.0.0:3000-3001->3000-3001/tcp': TCP only; the engine joins neighbours to ranges.
 * The port of the Kubernetes API is left out unless asked for.
 */
export function parsePublishedPorts(
  text: string,
  options: { readonly apiToo: boolean } = { apiToo: false },
): Omit<PortMapping, 'name'>[] {
  const found: Omit<PortMapping, 'name'>[] = [];
  for (const part of text.split(', ')) {
    const match = /^(.*):(\d+)(?:-(\d+))?->(\d+)(?:-\d+)?\/tcp$/.exec(part);
    if (match === null) continue;
    const [, address = '', first = '', last, inside = ''] = match;
    const count = Number(last ?? first) - Number(first) + 1;
    for (let offset = 0; offset < count; offset++) {
      const containerPort = Number(inside) + offset;
      if (containerPort === apiPort && !options.apiToo) continue;
      found.push({ containerPort, hostPort: Number(first) + offset, listenAddress: address });
    }
  }
  return found;
}

/** kind's config has no names for ports: 80 and 443 have the usual ones, others their number. */
export function portName(containerPort: number): string {
  if (containerPort === 80) return 'http';
  if (containerPort === 443) return 'https';
  return `port-${containerPort}`;
}

/** The bindings of a container's configuration, as `docker inspect` gives HostConfig.PortBindings. */
export function parsePortBindings(json: string): Omit<PortMapping, 'name'>[] {
  const bindings = JSON.parse(json) as Record<string, { HostIp?: string; HostPort?: string }[] | null> | null;
  return Object.entries(bindings ?? {}).flatMap(([inside, hosts]) => {
    const containerPort = Number(inside.split('/')[0]);
    if (!inside.endsWith('/tcp') || containerPort === apiPort) return [];
    return (hosts ?? []).map((host) => ({
      containerPort,
      hostPort: Number(host.HostPort),
      listenAddress: host.HostIp === undefined || host.HostIp === '' ? '0.0.0.0' : host.HostIp,
    }));
  });
}

/**
 * The cluster of these containers. Where some of its nodes are young, `startTimes` is asked for when each of them was
 * started, as `docker inspect` tells it.
 */
export async function clusterOf(
  containers: readonly KindContainer[],
  network: string,
  startTimes: (nodes: readonly string[]) => Promise<readonly string[]>,
): Promise<Omit<ClusterState, 'ports'>> {
  const nodes = nodeNames(containers);
  const status = statusOf(containers);
  const isYoung = status === 'running' && containers.some((container) => container.isYoung);
  return {
    ...{ status, nodes },
    isOnOwnNetwork: status !== 'absent' && containers.every(({ networks }) => networks.includes(network)),
    ...(isYoung
      ? { startedAtMs: Math.max(...(await startTimes(nodes)).map((time) => Date.parse(time))) }
      : {}),
  };
}

/** It runs when all of its containers do. */
function statusOf(containers: readonly KindContainer[]): ClusterState['status'] {
  if (containers.length === 0) return 'absent';
  return containers.every((container) => container.isRunning) ? 'running' : 'stopped';
}

/** Those containers that are Kubernetes nodes, control planes first: kind's load balancer is none. */
export function nodeNames(containers: readonly KindContainer[]): string[] {
  return containers
    .filter((container) => container.role !== loadBalancerRole)
    .map((container) => container.name);
}

// The order in which they have to start.
function roleOrder(role: string): number {
  return [loadBalancerRole, 'control-plane', 'worker'].indexOf(role);
}

/**
 * Of the start times of all running containers, one a line, those before the node started are what was true then.
 * Kubernetes gives whole seconds. '' when none is left.
 */
export function staleContainers(startTimes: string, startedAt: number): string {
  const stale = startTimes
    .split('\n')
    .filter((time) => Date.parse(time) < Math.floor(startedAt / 1000) * 1000);
  return stale.length === 0 ? '' : `${stale.length} containers have not been looked at yet`;
}
