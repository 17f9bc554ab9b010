import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { ClusterObject } from '../../../src/kubernetes/client/cluster-api.ts';
import { waitForRoutes } from '../../../src/releases/wait-for-routes.ts';
import { FakeClusterApi } from '../../fakes/cluster-api.ts';

const NGINX_PAGE = '<html><center>nginx</center></html>';

interface Sample {
  readonly host?: string | undefined;
  readonly path?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly className?: string | undefined;
  readonly isTaken?: boolean;
  readonly spec?: object;
}

function ingress(sample: Sample = {}): ClusterObject {
  const { host, path = '/api/', annotations = {}, isTaken = false } = { host: 'todo.local', ...sample };
  const className = 'className' in sample ? sample.className : 'nginx';
  const backend = { service: { name: 'web' } };
  const rule = { ...(host === undefined ? {} : { host }), http: { paths: [{ path, backend }] } };
  const prefixed = Object.entries(annotations).map(([key, value]) => [
    `nginx.ingress.kubernetes.io/${key}`,
    value,
  ]);
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'i', namespace: 'todo', annotations: Object.fromEntries(prefixed) },
    spec: {
      ...(className === undefined ? {} : { ingressClassName: className }),
      rules: [rule],
      ...sample.spec,
    },
    status: { loadBalancer: isTaken ? { ingress: [{ hostname: 'localhost' }] } : {} },
  };
}

function ingressClass(name: string, controller: string): ClusterObject {
  const apiVersion = 'networking.k8s.io/v1';
  return { apiVersion, kind: 'IngressClass', metadata: { name }, spec: { controller } };
}

const pods: ClusterObject = {
  ...{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', endpoints: [{ addresses: ['10.0.0.1'] }] },
  metadata: { name: 'web-x', namespace: 'todo', labels: { 'kubernetes.io/service-name': 'web' } },
};

interface Answer {
  readonly status: number;
  readonly body: string;
}
const NOBODYS: Answer = { status: 404, body: NGINX_PAGE };

describe('waitForRoutes', () => {
  let server: Server | undefined;
  afterEach(() => server?.close());

  /** Answers as NGINX to every host but todo.local. */
  async function listen(answer: () => Answer): Promise<{ port: number; asked: string[] }> {
    const asked: string[] = [];
    server = createServer((request, response) => {
      const isOurs = request.headers.host === 'todo.local';
      if (isOurs) asked.push(request.url!);
      const found = isOurs ? answer() : NOBODYS;
      response.statusCode = found.status;
      response.end(found.body);
    });
    await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
    return { port: (server.address() as AddressInfo).port, asked };
  }

  interface Wait {
    readonly deadlineMs?: number;
    readonly settledAfterMs?: number;
    readonly others?: readonly ClusterObject[];
  }

  async function wait(
    manifest: readonly ClusterObject[],
    port: number,
    { deadlineMs = 50, settledAfterMs = 0, others = [pods] }: Wait = {},
  ): Promise<{ reports: string[]; notes: string[] }> {
    const reports: string[] = [];
    const notes: string[] = [];
    const ports = [{ name: 'http', containerPort: 80, hostPort: port, listenAddress: '127.0.0.1' }];
    const task = {
      signal: new AbortController().signal,
      report: ({ text }: { text: string }) => void reports.push(text),
    };
    const api = new FakeClusterApi();
    const classes = [
      ingressClass('nginx', 'k8s.io/ingress-nginx'),
      ingressClass('other', 'example.com/other'),
    ];
    for (const object of [...classes, ...manifest, ...others]) api.add(object);
    const note = (text: string): void => void notes.push(text);
    await waitForRoutes({ api, manifest, ports, deadlineMs, settledAfterMs, note }, task);
    return { reports, notes };
  }

  test('ends when the host is answered in another way than a host that nobody serves', async () => {
    const answers = [NOBODYS, { status: 503, body: NGINX_PAGE }, { status: 200, body: 'hello' }];
    const { port, asked } = await listen(() => answers[Math.min(asked.length - 1, 2)]!);
    expect((await wait([ingress()], port, { deadlineMs: 5_000 })).reports).toEqual([
      'waiting: it answers 404, as for a host that nobody serves',
      'waiting: it answers 503',
    ]);
    expect(asked).toEqual(['/api/', '/api/', '/api/']);
  });

  test('fails after the deadline with the last answer', async () => {
    const { port } = await listen(() => NOBODYS);
    await expect(wait([ingress()], port)).rejects.toThrow(
      /todo\.local\/api\/ is served on .*last state seen: it answers 404, as for a host that nobody serves/,
    );
  });

  test('leaves out rules whose answers prove nothing, and objects that are no Ingress', async () => {
    const { port, asked } = await listen(() => NOBODYS);
    const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 's', namespace: 'todo' } };
    const rest = { rules: undefined, defaultBackend: { service: { name: 'web' } } };
    const named = (name: string, sample: Sample): ClusterObject => {
      const object = ingress(sample);
      return { ...object, metadata: { ...object.metadata, name } };
    };
    const manifest = [
      named('no-host', { host: undefined }),
      named('wildcard', { host: '*.local' }),
      named('default-backend', { spec: rest }),
      service,
    ];
    await wait(manifest, port);
    expect(asked).toEqual([]);
  });

  test.each([
    ['/api(/|$)(.*)', '/api'],
    ['/items/[0-9]+', '/items/1'],
    ['/files/.*\\.html', '/files/index.html'],
    ['/v1/?', '/v1'],
    ['/plain/way', '/plain/way'],
    ['/with space', '/with%20space'],
  ])('of the path %s asks %s', async (path, wanted) => {
    const { port, asked } = await listen(() => ({ status: 200, body: 'hello' }));
    await wait([ingress({ path, annotations: { 'use-regex': 'true' } })], port);
    expect(asked).toEqual([wanted]);
  });

  test.each(['/(?i)only-nginx', '/v[12]/[a-f]{8}', '^/api'])(
    'a path that nothing is found for is looked at: %s',
    async (path) => {
      const { port, asked } = await listen(() => NOBODYS);
      await wait([ingress({ path, isTaken: true })], port);
      expect(asked).toEqual([]);
    },
  );

  test.each<[string, Answer]>([
    ['404', { status: 404, body: 'no such todo' }],
    ['503', { status: 503, body: '{"status":"maintenance"}' }],
    ['500', { status: 500, body: NGINX_PAGE }],
    ['401', { status: 401, body: NGINX_PAGE }],
    ['403, for an address that is not on the list', { status: 403, body: NGINX_PAGE }],
    ['405, for a method that it does not take', { status: 405, body: '' }],
    ['302, to its first page', { status: 302, body: NGINX_PAGE }],
  ])('an application may answer %s by itself', async (_title, answer) => {
    const { port } = await listen(() => answer);
    expect((await wait([ingress()], port)).reports).toEqual([]);
  });

  test('where nobody stands behind the Service, 503 is the right answer', async () => {
    const { port } = await listen(() => ({ status: 503, body: NGINX_PAGE }));
    expect((await wait([ingress()], port, { others: [] })).reports).toEqual([]);
    await expect(wait([ingress()], port)).rejects.toThrow('last state seen: it answers 503');
  });

  test('an answer that cannot be told from nobody’s is left to the object, when the controller has had its time', async () => {
    const { port } = await listen(() => NOBODYS);
    const waiting = { deadlineMs: 5_000, settledAfterMs: 300 };
    const before = performance.now();
    await wait([ingress({ isTaken: true })], port, waiting);
    expect(performance.now() - before).toBeGreaterThan(290);
  });

  test.each<[string, Record<string, string>]>([
    ['a gRPC service', { 'backend-protocol': 'GRPC' }],
    ['a FastCGI service', { 'backend-protocol': 'FCGI' }],
    ['a canary', { canary: 'true', 'canary-weight': '10' }],
  ])('%s is not asked, but looked at', async (_title, annotations) => {
    const { port, asked } = await listen(() => ({ status: 502, body: NGINX_PAGE }));
    await wait([ingress({ annotations, isTaken: true })], port);
    await expect(wait([ingress({ annotations })], port)).rejects.toThrow('its status names no load balancer');
    expect(asked).toEqual([]);
  });

  test('Ingresses of another controller are not waited for, and one whose class is not there is told of', async () => {
    const { port, asked } = await listen(() => NOBODYS);
    expect((await wait([ingress({ className: 'other' })], port)).notes).toEqual([]);
    expect((await wait([ingress({ className: undefined })], port)).notes).toEqual([]);
    expect((await wait([ingress({ className: 'ngnix' })], port)).notes).toEqual([
      "ingress i names the class 'ngnix', which this cluster does not have: nobody serves it",
    ]);
    expect(asked).toEqual([]);
  });
});
