// The objects of the suites on a real cluster.

import type { ClusterObject } from '../../../src/kubernetes/client/cluster-api.ts';

export interface PodOptions {
  readonly image: string;
  readonly args?: readonly string[];
  readonly imagePullPolicy?: string;
  readonly envFrom?: readonly object[];
  readonly requests?: Readonly<Record<string, string>>;
  readonly limits?: Readonly<Record<string, string>>;
  /** A port of the node that it takes. */
  readonly hostPort?: number;
}

/** One replica, replaced only when the new pod is ready. */
export function deployment({
  name,
  namespace,
  image,
  ...pod
}: PodOptions & { name: string; namespace: string }): ClusterObject {
  const {
    args = ['serve'],
    imagePullPolicy = 'IfNotPresent',
    envFrom = [],
    requests = {},
    limits = {},
    hostPort,
  } = pod;
  const labels = { app: name };
  const container = {
    name: 'main',
    image,
    imagePullPolicy,
    args,
    envFrom,
    resources: { requests, limits },
    ports: [{ containerPort: 8080, ...(hostPort === undefined ? {} : { hostPort }) }],
    readinessProbe: { httpGet: { path: '/ready', port: 8080 }, periodSeconds: 1 },
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, labels },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: {
        metadata: { labels },
        spec: { terminationGracePeriodSeconds: 0, containers: [container] },
      },
    },
  };
}

/** In front of the deployment of the same name. */
export function service(name: string, namespace: string): ClusterObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace },
    spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 8080 }] },
  };
}
