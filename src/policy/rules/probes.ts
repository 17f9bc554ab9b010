// Pure: how Kubernetes learns that a container is well.

import { isMap, show, textAt, valueAt } from '../fields.ts';
import type { Breach, Rule } from '../policy-set.ts';
import { containersOf, hasPort, inContainer, listPorts, portsOfContainer } from '../pods.ts';

const PROBES = ['startupProbe', 'livenessProbe', 'readinessProbe'] as const;
const NEEDED = ['livenessProbe', 'readinessProbe'] as const;

export const probesSet: Rule = {
  name: 'probes-set',
  title: 'every container that serves has a liveness and a readiness probe',
  why: 'Without them a hung process is never restarted, and calls reach pods that cannot answer yet (seed 001, Application Component; seed 002, Health Probes).',
  remedy: 'Add livenessProbe and readinessProbe.',
  check: (set) =>
    containersOf(set)
      .filter((container) => container.isMain && container.pod.isServing)
      .flatMap((container) =>
        NEEDED.filter((probe) => !isMap(valueAt(container.body, probe))).map((probe) => ({
          ...inContainer(container, probe),
          what: `${container.name}: has no ${probe}`,
        })),
      ),
};

export const probePaths: Rule = {
  name: 'probe-paths',
  title: 'the path of a probe starts with /',
  why: 'The kubelet would ask for something else than is meant (seed 001, Application Component: health check paths must start with /).',
  remedy: 'Write the path with a leading slash: /health.',
  check: (set) =>
    containersOf(set).flatMap((container) =>
      PROBES.flatMap((probe): Breach[] => {
        if (valueAt(container.body, probe, 'httpGet') === undefined) return [];
        const path = textAt(container.body, probe, 'httpGet', 'path');
        return path?.startsWith('/') === true
          ? []
          : [
              {
                ...inContainer(container, probe, 'httpGet', 'path'),
                what: `${container.name}: the path of ${probe} is ${path === undefined ? 'absent' : `'${path}'`}`,
              },
            ];
      }),
    ),
};

export const probePorts: Rule = {
  name: 'probe-ports',
  title: 'probes ask at ports that the container declares',
  why: 'A probe at a port where nothing listens fails for ever: the pod is restarted again and again (seed 002, Health Probes; https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/).',
  remedy: "Use a name or number from the container's ports.",
  check: (set) =>
    containersOf(set).flatMap((container) => {
      const ports = portsOfContainer(container);
      return PROBES.flatMap((probe) =>
        ['httpGet', 'tcpSocket', 'grpc'].flatMap((how): Breach[] => {
          if (!isMap(valueAt(container.body, probe, how))) return [];
          const port = valueAt(container.body, probe, how, 'port');
          return hasPort(ports, port)
            ? []
            : [
                {
                  ...inContainer(container, probe, how, 'port'),
                  what: `${container.name}: ${probe} asks at port ${show(port)}; its ports are ${listPorts(ports)}`,
                },
              ];
        }),
      );
    }),
};
