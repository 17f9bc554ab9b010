// The bundled environments: data only. src/config/schema.ts says what each field means.

import type { ConfigInput } from './src/config/schema.ts';

const todoServices = ['backend', 'notification', 'sse-gateway', 'mcp', 'frontend'];
/** Those with a Dapr sidecar. */
const todoApps = ['backend', 'notification', 'sse-gateway'];

const fromIngress = { namespace: 'ingress-nginx' };
const fromApps = { component: todoApps };

/** Who talks to whom in the todo environment, on which port and why; everything else is denied. */
const todoFlows = [
  flow('web-to-frontend', fromIngress, 'frontend', 3000, 'Browsers load the page'),
  flow('web-to-backend', fromIngress, 'backend', 8000, 'Browsers and tools call the API'),
  flow('web-to-mcp', fromIngress, 'mcp', 8001, 'AI assistants call the MCP server'),
  flow('web-to-sse-gateway', fromIngress, 'sse-gateway', 8003, 'Pages follow changes as they happen'),
  flow('frontend-to-backend', { component: 'frontend' }, 'backend', 8000, 'The page reads and writes todos'),
  flow('mcp-to-backend', { component: 'mcp' }, 'backend', 8000, 'MCP tools read and write todos'),
  flow('backend-to-postgres', { component: 'backend' }, 'postgres', 5432, 'Todos are kept in PostgreSQL'),
  flow('apps-to-redis', fromApps, 'redis', 6379, 'Sidecars pass events and keep state in Redis'),
  flow('apps-to-sentry', fromApps, daprPods('dapr-sentry'), 50001, 'Sidecars get their certificate'),
  flow('apps-to-operator', fromApps, daprPods('dapr-operator'), 6500, 'Sidecars get their components'),
];

export default {
  default: 'todo',
  environments: {
    // A todo list after the seeds: page, REST API, MCP server, events by Dapr, live updates, PostgreSQL, Redis.
    todo: {
      cluster: { name: 'slipway-todo' },
      namespace: 'todo',
      hosts: ['todo.local'],
      urls: {
        page: 'https://todo.local:{https}/',
        API: 'https://todo.local:{https}/api/todos',
        MCP: 'https://todo.local:{https}/mcp/',
      },
      // While watching: the database for psql and the like.
      forwards: { postgres: { service: 'postgres', port: 5432, localPort: 15432 } },
      budget: { imageMegabytes: 250, totalMegabytes: 500 },
      images: {
        postgres: {
          dockerfile: 'dockerfiles/todo-postgres.Dockerfile',
          context: 'apps/todo',
          bases: { BASE: 'debian', BUILD_BASE: 'postgres' },
        },
        redis: {
          dockerfile: 'dockerfiles/todo-redis.Dockerfile',
          context: 'apps/todo',
          bases: { BASE: 'debian', BUILD_BASE: 'redis' },
        },
        backend: todoImage('backend'),
        notification: todoImage('notification'),
        'sse-gateway': todoImage('sse-gateway'),
        mcp: todoImage('mcp'),
        frontend: todoImage('frontend'),
      },
      addons: {
        'ingress-nginx': {},
        'cert-manager': { version: '1.21.2' },
        dapr: { version: '1.14.0' },
        'metrics-server': { version: '0.9.0' },
      },
      secrets: {
        'slipway-local-ca': { namespace: 'cert-manager', authority: 'local' },
        'todo-secrets': {
          keys: {
            'database-password': { generate: { bytes: 24 } },
            'database-url': { template: 'postgresql://todo:{{database-password}}@postgres:5432/todo' },
            'redis-password': { generate: { bytes: 24 } },
            'better-auth-secret': { generate: { bytes: 32 } },
            'openai-api-key': { fromEnv: 'OPENAI_API_KEY', optional: true },
          },
        },
      },
      // In the order of seed 001: accounts and rights, Dapr's configuration, its components, the allowed flows,
      // services, the way in.
      releases: {
        'cluster-issuers': {
          chart: 'charts/cluster-issuers',
          namespace: 'cert-manager',
          needs: ['addon:cert-manager'],
          secrets: ['slipway-local-ca'],
        },
        'todo-access': {
          chart: 'charts/access',
          secrets: ['todo-secrets'],
          values: { components: withoutApiAccess(['postgres', 'redis', ...todoServices]) },
        },
        'dapr-configuration': {
          chart: 'charts/dapr-configuration',
          needs: ['addon:dapr', 'todo-access'],
        },
        'dapr-components': {
          chart: 'charts/dapr-components',
          needs: ['dapr-configuration'],
          secrets: ['todo-secrets'],
          values: {
            components: {
              // One at a time keeps the order of events (Dapr's default is 10 at once); the streams are bounded.
              pubsub: redisComponent('pubsub.redis', todoApps, { concurrency: '1', maxLenApprox: '10000' }),
              statestore: redisComponent('state.redis', ['backend']),
            },
          },
        },
        'todo-network': {
          chart: 'charts/network-policies',
          needs: ['dapr-components'],
          values: { flows: todoFlows },
        },
        postgres: {
          chart: 'charts/postgres',
          images: { 'image.reference': 'postgres' },
          secrets: ['todo-secrets'],
          needs: ['todo-network'],
          values: { serviceAccount: { create: false } },
        },
        redis: {
          chart: 'charts/redis',
          images: { 'image.reference': 'redis' },
          secrets: ['todo-secrets'],
          needs: ['todo-network'],
          values: { serviceAccount: { create: false } },
        },
        backend: todoRelease('backend', 8000, ['postgres', 'redis'], {
          secrets: ['todo-secrets'],
          values: {
            secretEnv: { DATABASE_URL: { secret: 'todo-secrets', key: 'database-url' } },
            ...daprSidecar('backend', 8000),
          },
        }),
        notification: todoRelease('notification', 8002, ['redis'], {
          values: daprSidecar('notification', 8002),
        }),
        'sse-gateway': todoRelease('sse-gateway', 8003, ['redis'], {
          values: daprSidecar('sse-gateway', 8003),
        }),
        mcp: todoRelease('mcp', 8001, ['backend'], {
          values: { env: { BACKEND_URL: 'http://backend-svc:8000' } },
        }),
        frontend: todoRelease('frontend', 3000, ['backend']),
        'todo-ingress': {
          chart: 'charts/ingress',
          needs: [
            ...['addon:ingress-nginx', 'cluster-issuers'],
            ...['frontend', 'backend', 'mcp', 'notification', 'sse-gateway'],
          ],
          values: {
            host: 'todo.local',
            tls: { issuer: 'slipway-local' },
            paths: [
              { path: '/', service: 'frontend-svc', port: 3000 },
              { path: '/api/', service: 'backend-svc', port: 8000 },
              { path: '/mcp/', service: 'mcp-svc', port: 8001 },
              { path: '/sse/', service: 'sse-gateway-svc', port: 8003 },
            ],
          },
        },
      },
    },
  },
} satisfies ConfigInput;

// Short forms that only this file uses.

function flow(name: string, from: object, to: string | object, port: number, reason: string) {
  return { name, from, to: typeof to === 'string' ? { component: to } : to, ports: [port], reason };
}

function daprPods(app: string) {
  return { namespace: 'dapr-system', labels: { app } };
}

function withoutApiAccess(components: string[]) {
  const reason = 'It does not talk to the Kubernetes API';
  return Object.fromEntries(components.map((component) => [component, { reason, rules: [] }]));
}

type Release = ConfigInput['environments'][string]['releases'][string];

function todoImage(service: string) {
  return {
    dockerfile: `dockerfiles/todo-${service}.Dockerfile`,
    context: 'apps/todo',
    bases: { BASE: 'node', BUILD_BASE: 'node-build' },
  } as const;
}

/** One of our services; its service account comes with todo-access. */
function todoRelease(
  service: string,
  port: number,
  needs: string[],
  more: { values?: Record<string, unknown>; secrets?: string[] } = {},
): Release {
  return {
    chart: 'charts/service',
    images: { 'image.reference': service },
    needs: ['todo-network', ...needs],
    secrets: more.secrets ?? [],
    values: { port, serviceAccount: { create: false }, ...more.values },
    sync: todoSync(service),
  };
}

/** Sources go into running pods; packages are the image's. */
function todoSync(service: string): Release['sync'] {
  const folders = ['shared', `${service}/src`, ...(service === 'frontend' ? ['frontend/public'] : [])];
  // A sidecar asks what its service subscribes to once, when its pod starts.
  const asked = ['notification-routes.ts', 'gateway-routes.ts'].map((file) => `${service}/src/${file}`);
  return {
    command: ['node', `${service}/src/main.ts`],
    rules: [
      ...['shared/dapr-subscription.ts', ...asked].map(
        (file) => ({ from: `apps/todo/${file}`, after: 'rebuild' }) as const,
      ),
      ...folders.map((folder) => ({ from: `apps/todo/${folder}`, to: `/app/${folder}` })),
    ],
  };
}

function daprSidecar(app: string, port: number): { podAnnotations: Record<string, string> } {
  return {
    podAnnotations: {
      'dapr.io/enabled': 'true',
      'dapr.io/app-id': app,
      'dapr.io/app-port': String(port),
      'dapr.io/config': 'dapr-config',
      // The operator hands out what secretKeyRefs name: no sidecar needs the right to read Secrets.
      'dapr.io/disable-builtin-k8s-secret-store': 'true',
      'dapr.io/sidecar-cpu-request': '10m',
      'dapr.io/sidecar-memory-request': '48Mi',
      'dapr.io/sidecar-cpu-limit': '500m',
      'dapr.io/sidecar-memory-limit': '160Mi',
      'dapr.io/env': 'GOMEMLIMIT=120MiB',
      'dapr.io/log-as-json': 'true',
      'dapr.io/graceful-shutdown-seconds': '5',
      'dapr.io/sidecar-readiness-probe-delay-seconds': '1',
      'dapr.io/sidecar-readiness-probe-period-seconds': '2',
    },
  };
}

function redisComponent(type: string, scopes: string[], more: Record<string, string> = {}) {
  const redisPassword = { secretKeyRef: { name: 'todo-secrets', key: 'redis-password' } };
  return { type, version: 'v1', metadata: { redisHost: 'redis:6379', redisPassword, ...more }, scopes };
}
