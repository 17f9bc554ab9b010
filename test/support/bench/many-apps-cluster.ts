// A cluster of many apps that is none: what an API server and an engine answer about it, with the sizes and the
// delays of real ones.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { ownershipLabels } from '../../../src/kubernetes/ownership.ts';

/** Of a request to an API server on the same machine, and of each object that it has to write. */
const REQUEST_MS = 4;
const OBJECT_MS = 0.05;
/** What a pod and a Deployment of the todo environment take beyond what is written here, managedFields mostly. */
const FIELDS_BYTES = 2_500;

export interface ManyApps {
  readonly cluster: string;
  readonly namespace: string;
  readonly identity: string;
  /** Fingerprints by name. */
  readonly apps: Readonly<Record<string, string>>;
}

/** Kinds of which there is nothing. */
const EMPTY = /\/(configmaps|events|nodes)$/;

/** Objects by the path of their list. */
export type Lists = Record<string, object[]>;

/** An API server. Close it. */
export async function serveApi(
  many: ManyApps,
  lists: Lists,
): Promise<{ readonly url: string; readonly server: Server }> {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '', 'http://localhost').pathname;
    const items = lists[path] ?? (EMPTY.test(path) ? [] : undefined);
    const one =
      path === '/api/v1/namespaces/kube-system'
        ? { metadata: { name: 'kube-system', uid: many.identity } }
        : undefined;
    const isHead = request.headers.accept?.includes('PartialObjectMetadataList') ?? false;
    const shown = isHead
      ? items?.map((item) => ({ metadata: (item as { metadata: object }).metadata }))
      : items;
    void sleep(REQUEST_MS + OBJECT_MS * (items?.length ?? 0)).then(() => {
      response.statusCode = (items ?? one) ? 200 : 404;
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(one ?? { items: shown ?? [] }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

/** A container engine with the one node of the cluster. Close it. */
export async function serveEngine({ cluster }: ManyApps, socketPath: string): Promise<Server> {
  const node = {
    Id: 'a'.repeat(64),
    Names: [`/${cluster}-control-plane`],
    Image: 'node',
    ImageID: 'sha256:1',
    Command: 'init',
    Created: 1,
    State: 'running',
    Status: 'Up 3 hours',
    Ports: [{ IP: '127.0.0.1', PrivatePort: 80, PublicPort: 18_080, Type: 'tcp' }],
    Labels: { 'io.x-k8s.kind.cluster': cluster, 'io.x-k8s.kind.role': 'control-plane' },
    NetworkSettings: { Networks: { [`slipway-${cluster}`]: {} } },
    Mounts: [],
  };
  const answers: Readonly<Record<string, unknown>> = {
    '/_ping': 'OK',
    '/version': { Version: '27.0.0', ApiVersion: '1.41', Arch: 'amd64' },
    '/info': {
      Driver: 'overlay2',
      DockerRootDir: '/var/lib/docker',
      CgroupVersion: '2',
      NCPU: 2,
      MemTotal: 1,
    },
    '/containers/json': [node],
    '/images/json': [],
  };
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '', 'http://localhost').pathname.replace(/^\/v1\.\d+/, '');
    response.statusCode = path in answers ? 200 : 404;
    response.setHeader('api-version', '1.41');
    response.setHeader('content-type', 'application/json');
    response.end(path === '/_ping' ? 'OK' : JSON.stringify(answers[path] ?? { message: `no ${path}` }));
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return server;
}

export function listsOf({ namespace, apps }: ManyApps): Lists {
  const entries = Object.entries(apps);
  const of = (make: (name: string, fingerprint: string) => object): object[] =>
    entries.map(([name, fingerprint]) => make(name, fingerprint));
  const inNamespace = `/namespaces/${namespace}`;
  return {
    '/api/v1/namespaces': [namespace, 'kube-system'].map((name) => ({
      metadata: { name, labels: ownershipLabels('many') },
    })),
    '/api/v1/secrets': of((name, fingerprint) => helmSecret(name, namespace, fingerprint)),
    [`/apis/apps/v1${inNamespace}/deployments`]: of((name) => ({
      metadata: { ...meta(name, namespace), generation: 1 },
      spec: { replicas: 1, selector: { matchLabels: { app: name } }, template: template(name) },
      status: {
        observedGeneration: 1,
        replicas: 1,
        updatedReplicas: 1,
        readyReplicas: 1,
        availableReplicas: 1,
      },
    })),
    [`/apis/apps/v1${inNamespace}/replicasets`]: of((name) => ({
      metadata: { ...meta(`${name}-set`, namespace), ownerReferences: [owner('Deployment', name)] },
    })),
    [`/api/v1${inNamespace}/pods`]: of((name) => ({
      metadata: {
        ...meta(`${name}-pod`, namespace),
        labels: { app: name },
        ownerReferences: [owner('ReplicaSet', `${name}-set`)],
      },
      spec: template(name).spec,
      status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
    })),
    [`/api/v1${inNamespace}/services`]: of((name) => ({
      metadata: meta(name, namespace),
      spec: { type: 'ClusterIP', selector: { app: name }, ports: [{ port: 80 }] },
    })),
    [`/apis/discovery.k8s.io/v1${inNamespace}/endpointslices`]: of((name) => ({
      metadata: { ...meta(`${name}-slice`, namespace), labels: { 'kubernetes.io/service-name': name } },
      endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: true } }],
    })),
  };
}

function meta(name: string, namespace: string): object {
  return {
    ...{
      name,
      namespace,
      uid: `uid-${name}`,
      creationTimestamp: '2026-01-01T00:00:00Z',
      resourceVersion: '1',
    },
    annotations: { 'deployment.kubernetes.io/revision': '1' },
    managedFields: [{ manager: 'helm', fieldsV1: { f: 'x'.repeat(FIELDS_BYTES) } }],
  };
}

function owner(kind: string, name: string): object {
  return { apiVersion: 'apps/v1', kind, name, uid: `uid-${name}`, controller: true };
}

function template(name: string) {
  const env = Array.from({ length: 8 }, (_, index) => ({
    name: `VARIABLE_${index}`,
    value: `value ${index}`,
  }));
  return {
    metadata: { labels: { app: name } },
    spec: { containers: [{ name, image: `slipway.local/many/${name}:sha-000000000000`, env, ports: [{}] }] },
  };
}

function helmSecret(name: string, namespace: string, fingerprint: string): object {
  const manifest = `---
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name} }
spec:
  replicas: 1
  template:
    metadata: { labels: { app: ${name} } }
---
apiVersion: v1
kind: Service
metadata: { name: ${name} }
`;
  const packed = gzipSync(JSON.stringify({ info: {}, manifest })).toString('base64');
  const labels = { owner: 'helm', name, status: 'deployed', version: '1' };
  const ours = { ...ownershipLabels('many'), 'slipway.dev/fingerprint': fingerprint };
  return {
    metadata: { ...meta(`sh.helm.release.v1.${name}.v1`, namespace), labels: { ...labels, ...ours } },
    data: { release: Buffer.from(packed).toString('base64') },
  };
}
