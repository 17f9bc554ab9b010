import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { proveIngressNginx } from '../../../../src/addons/ingress-nginx/verify-ingress-nginx.ts';
import type { PortMapping } from '../../../../src/cluster/cluster-driver.ts';
import { Failure } from '../../../../src/failure.ts';
import { IngressApi } from '../stand-ins.ts';

const stops: (() => void)[] = [];
afterEach(() => stops.splice(0).forEach((stop) => stop()));

async function portOf(listener: RequestListener): Promise<PortMapping> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  stops.push(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  const hostPort = (server.address() as AddressInfo).port;
  return { name: 'http', containerPort: 80, hostPort, listenAddress: '0.0.0.0' };
}

const nginx: RequestListener = (request, response) => {
  if (request.url === '/healthz') response.end();
  else response.writeHead(404).end('<hr><center>nginx</center>');
};

const claims = {
  namespace: 'ingress-nginx',
  className: 'nginx',
  isDefaultClass: true,
  nodePorts: { http: 80, https: 443 },
  deadlineMs: 10_000,
  intervalMs: 1,
};
const task = { signal: new AbortController().signal, report: () => {} };
const soon = { ...claims, deadlineMs: 1 };

describe('proveIngressNginx', () => {
  test('is content with an accepted Ingress and with answers of NGINX, and stores nothing', async () => {
    const api = new IngressApi(['nginx']);
    await proveIngressNginx(claims, { api, ports: [await portOf(nginx)] }, task);
    expect(api.applied.map((call) => call.dryRun)).toEqual([true]);
    expect(api.applied[0]?.object.metadata.namespace).toBe('ingress-nginx');
    expect(api.applied[0]?.object['spec']).not.toHaveProperty('ingressClassName');
  });

  test('waits until the API knows the class', async () => {
    const api = new IngressApi([undefined, 'nginx']);
    await proveIngressNginx(claims, { api, ports: [await portOf(nginx)] }, task);
    expect(api.applied).toHaveLength(2);
  });

  test('names the class when it is not the default one', async () => {
    const api = new IngressApi([undefined]);
    await proveIngressNginx(
      { ...claims, isDefaultClass: false },
      { api, ports: [await portOf(nginx)] },
      task,
    );
    expect(api.applied[0]?.object['spec']).toHaveProperty('ingressClassName', 'nginx');
  });

  test('fails when another class takes the Ingress', async () => {
    const verification = proveIngressNginx(soon, { api: new IngressApi(['traefik']), ports: [] }, task);
    await expect(verification).rejects.toThrow(/last state seen: it gets the class 'traefik'/);
  });

  test('fails at once when the API refuses the Ingress', async () => {
    const refusal = new Failure('cluster', 'admission webhook denied the request', { details: ['why'] });
    const verification = proveIngressNginx(claims, { api: new IngressApi([refusal]), ports: [] }, task);
    await expect(verification).rejects.toMatchObject({ code: 'addon', details: ['why'], cause: refusal });
  });

  test('fails at once when no port of this machine leads to the controller', async () => {
    const verification = proveIngressNginx(claims, { api: new IngressApi(['nginx']), ports: [] }, task);
    await expect(verification).rejects.toThrow(/no port of this machine leads to port 80/);
  });

  test('waits until NGINX has loaded its configuration', async () => {
    let requests = 0;
    const starting: RequestListener = (request, response) => {
      if (++requests < 3) request.socket.destroy();
      else nginx(request, response);
    };
    await proveIngressNginx(
      claims,
      { api: new IngressApi(['nginx']), ports: [await portOf(starting)] },
      task,
    );
    expect(requests).toBe(4);
  });

  test.each<[string, RequestListener, RegExp]>([
    [
      'a health page that is not well',
      (_, response) => response.writeHead(503).end('busy'),
      /answers 503 'busy'/,
    ],
    ['another server', (_, response) => response.end('hello'), /answers 200 'hello' instead of NGINX's 404/],
    [
      'a closed connection',
      (request) => request.socket.destroy(),
      /last state seen: connections are closed without an answer/,
    ],
  ])('fails on %s with what it saw', async (_, listener, message) => {
    const verification = proveIngressNginx(
      soon,
      { api: new IngressApi(['nginx']), ports: [await portOf(listener)] },
      task,
    );
    await expect(verification).rejects.toMatchObject({
      code: 'addon',
      message: expect.stringMatching(message),
    });
  });

  test('asks only for health when an Ingress serves every host', async () => {
    const metadata = { name: 'all' };
    const rules = [{ http: { paths: [] } }];
    const all = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata, spec: { rules } };
    const ports = [await portOf((_, response) => response.end('the application'))];
    const verification = proveIngressNginx(soon, { api: new IngressApi(['nginx'], [all]), ports }, task);
    await expect(verification).resolves.toBeUndefined();
  });
});
