// Two small apps with sidecars and a Redis, for the suite of Dapr: their objects and charts.

import type { ClusterObject } from '../../../src/kubernetes/client/cluster-api.ts';
import type { ReleaseSpec } from '../../../src/releases/release-store.ts';
import { join } from 'node:path';
import { projectFolder } from './addon-cluster.ts';

export interface AppImages {
  /** Has node on PATH. */
  readonly node: string;
  /** Has redis-server on PATH. */
  readonly redis: string;
  readonly pullPolicy: 'Never' | 'IfNotPresent';
}

const PORT = 8080;
const REDIS_SECRET = { name: 'redis-credentials', key: 'password' };

// Says each message that comes, on a line of its own.
const program = `
  require('node:http').createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    if (request.url === '/messages') console.log('message ' + JSON.parse(body).data.text);
    // Which topics it wants is declared.
    response.writeHead(request.url === '/dapr/subscribe' ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ from: process.env.NAME }));
  }).listen(${PORT});
`;

const nobody = { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } };
const shut = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};

/** A deployment of one pod, whose annotations ask for a sidecar. */
export function app(name: string, namespace: string, images: AppImages): ClusterObject {
  return deployment(
    name,
    namespace,
    {
      'dapr.io/enabled': 'true',
      'dapr.io/app-id': name,
      'dapr.io/app-port': String(PORT),
      'dapr.io/config': 'dapr-config',
      'dapr.io/disable-builtin-k8s-secret-store': 'true',
      'dapr.io/sidecar-cpu-request': '10m',
      'dapr.io/sidecar-memory-request': '32Mi',
      'dapr.io/sidecar-memory-limit': '128Mi',
      'dapr.io/sidecar-readiness-probe-delay-seconds': '1',
      'dapr.io/sidecar-readiness-probe-period-seconds': '1',
    },
    {
      name: 'app',
      image: images.node,
      imagePullPolicy: images.pullPolicy,
      command: ['node', '-e', program],
      env: [{ name: 'NAME', value: name }],
      readinessProbe: { httpGet: { path: '/health', port: PORT }, periodSeconds: 1 },
      securityContext: shut,
    },
  );
}

/** The charts of an environment that go with Dapr: who may use the pub/sub is for the test to say. */
export function daprReleases(namespace: string, scopes: readonly string[]): ReleaseSpec[] {
  const release = (chart: string, values: ReleaseSpec['values']): ReleaseSpec => ({
    ...{ name: chart, namespace, chart: join(projectFolder, 'charts', chart), values },
  });
  const metadata = {
    redisHost: `redis.${namespace}.svc.cluster.local:6379`,
    redisPassword: { secretKeyRef: REDIS_SECRET },
  };
  return [
    release('dapr-configuration', {}),
    release('dapr-components', {
      components: {
        pubsub: { type: 'pubsub.redis', version: 'v1', metadata, scopes },
        statestore: { type: 'state.redis', version: 'v1', metadata, scopes: ['publisher'] },
      },
      subscriptions: {
        greetings: { pubsub: 'pubsub', topic: 'greetings', route: '/messages', scopes: ['subscriber'] },
      },
    }),
  ];
}

/** What the components of the tests keep things in: a Redis with a password, its Service and its Secret. */
export function redis(namespace: string, images: AppImages): ClusterObject[] {
  const { name, key } = REDIS_SECRET;
  const password = { name: 'PASSWORD', valueFrom: { secretKeyRef: { name, key } } };
  return [
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace },
      stringData: { [key]: crypto.randomUUID() },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'redis', namespace },
      spec: { selector: { app: 'redis' }, ports: [{ port: 6379 }] },
    },
    deployment(
      'redis',
      namespace,
      {},
      {
        name: 'redis',
        image: images.redis,
        imagePullPolicy: images.pullPolicy,
        command: ['redis-server', '--requirepass', '$(PASSWORD)', '--save', '', '--dir', '/tmp'],
        env: [password],
        readinessProbe: { tcpSocket: { port: 6379 }, periodSeconds: 1 },
        securityContext: shut,
      },
    ),
  ];
}

function deployment(
  name: string,
  namespace: string,
  annotations: Readonly<Record<string, string>>,
  container: Readonly<Record<string, unknown>>,
): ClusterObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: {
      selector: { matchLabels: { app: name } },
      strategy: { type: 'Recreate' },
      template: {
        metadata: { labels: { app: name }, annotations },
        spec: {
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          terminationGracePeriodSeconds: 1,
          securityContext: nobody,
          containers: [container],
        },
      },
    },
  };
}
