import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { createSecureContext } from 'node:tls';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { issueAuthority, type IssuedAuthority } from '../../../src/certificates/issue-authority.ts';
import type { PortMapping } from '../../../src/cluster/cluster-driver.ts';
import type { ClusterObject } from '../../../src/kubernetes/client/cluster-api.ts';
import { waitForRoutes } from '../../../src/releases/wait-for-routes.ts';
import { FakeClusterApi } from '../../fakes/cluster-api.ts';
import { type HostCertificate, issueHostCertificate } from '../../support/host-certificate.ts';

const host = 'todo.local';
const nginxClass: ClusterObject = {
  ...{ apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass', metadata: { name: 'nginx' } },
  spec: { controller: 'k8s.io/ingress-nginx' },
};

const issuedBy = (issuer: string): Record<string, string> => ({ 'cert-manager.io/cluster-issuer': issuer });

function ingress(annotations: Record<string, string>, tls: object = { secretName: 'i-tls' }): ClusterObject {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'i', namespace: 'todo', annotations },
    spec: {
      ingressClassName: 'nginx',
      tls: [{ hosts: [host], ...tls }],
      rules: [{ host, http: { paths: [{ path: '/x', backend: { service: { name: 'web' } } }] } }],
    },
  };
}

describe('waitForRoutes, for a host with TLS', () => {
  let authority: IssuedAuthority;
  let right: HostCertificate;
  let fake: HostCertificate;
  let foreign: HostCertificate;
  const servers: Server[] = [];

  beforeAll(async () => {
    const issue = (): Promise<IssuedAuthority> => issueAuthority({ owner: 'ada@laptop', nowMs: Date.now() });
    authority = await issue();
    const other = await issue();
    const commonName = 'Kubernetes Ingress Controller Fake Certificate';
    [right, fake, foreign] = await Promise.all([
      issueHostCertificate({ host, authority }),
      issueHostCertificate({ host: 'ingress.local', authority: other, commonName }),
      issueHostCertificate({ host, authority: other }),
    ]);
  });
  afterEach(() => servers.splice(0).forEach((server) => server.close()));

  async function portOf(server: Server): Promise<number> {
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  }

  interface Controller {
    /** Certificates for the host, one after the other; the last one stays. */
    readonly certificates: readonly HostCertificate[];
    readonly redirect?: (httpsPort: number) => RequestListener;
    readonly status?: number;
  }

  async function listen(controller: Controller): Promise<PortMapping[]> {
    const left = [...controller.certificates];
    const https = createTlsServer(
      {
        ...fake,
        SNICallback: (name, done) => {
          const next = left.length > 1 ? left.shift()! : left[0]!;
          done(null, createSecureContext(name === host ? next : fake));
        },
      },
      ({ headers }, response) => {
        response.statusCode = headers.host === host ? (controller.status ?? 200) : 404;
        response.end('<center>nginx</center>');
      },
    );
    const httpsPort = await portOf(https);
    const redirect = controller.redirect ?? redirectTo((port) => `https://${host}:${port}/x`);
    const answer = redirect(httpsPort);
    const httpPort = await portOf(
      createServer((request, response) => {
        if (request.headers.host === host) return answer(request, response);
        response.statusCode = 404;
        response.end('nothing here');
      }),
    );
    return [
      { name: 'http', containerPort: 80, hostPort: httpPort, listenAddress: '127.0.0.1' },
      { name: 'https', containerPort: 443, hostPort: httpsPort, listenAddress: '127.0.0.1' },
    ];
  }

  function redirectTo(locationOf: (httpsPort: number) => string): Controller['redirect'] & {} {
    return (httpsPort) => (_, response) =>
      void response.writeHead(308, { location: locationOf(httpsPort) }).end();
  }

  interface Waiting {
    readonly declared?: ClusterObject;
    readonly secret?: HostCertificate;
    readonly deadlineMs?: number;
  }

  async function wait(ports: readonly PortMapping[], waiting: Waiting = {}): Promise<string[]> {
    const { declared = ingress(issuedBy('slipway-local')), secret, deadlineMs = 100 } = waiting;
    const api = new FakeClusterApi().add(nginxClass).add(declared);
    if (secret) {
      const data = { 'tls.crt': Buffer.from(secret.cert).toString('base64') };
      const metadata = { name: 'i-tls', namespace: 'todo' };
      api.add({ apiVersion: 'v1', kind: 'Secret', metadata, data });
    }
    api.add({
      ...{
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        endpoints: [{ addresses: ['10.0.0.1'] }],
      },
      metadata: { name: 'web-x', namespace: 'todo', labels: { 'kubernetes.io/service-name': 'web' } },
    });
    const reports: string[] = [];
    const task = {
      signal: new AbortController().signal,
      report: ({ text }: { text: string }) => void reports.push(text),
    };
    const { certificatePem } = authority;
    const note = (text: string): never => expect.fail(text);
    const manifest = [declared];
    await waitForRoutes({ api, manifest, ports, authority: certificatePem, deadlineMs, note }, task);
    return reports;
  }

  test('ends when the controller has loaded the certificate', async () => {
    const ports = await listen({ certificates: [fake, right] });
    expect(await wait(ports, { deadlineMs: 5_000 })).toEqual([
      "waiting: it shows NGINX's own certificate, not that of the host",
    ]);
  });

  test('fails when the certificate is not by the local authority, and does not mind with another issuer', async () => {
    const ports = await listen({ certificates: [foreign] });
    await expect(wait(ports)).rejects.toThrow(
      /todo\.local\/x is served on https:.* with a certificate for todo\.local: not so .* the local authority did not sign/,
    );
    expect(await wait(ports, { declared: ingress(issuedBy('letsencrypt-prod')) })).toEqual([]);
  });

  test('fails when nobody answers behind the right certificate', async () => {
    const ports = await listen({ certificates: [right], status: 503 });
    await expect(wait(ports)).rejects.toThrow(/last state seen: it answers 503/);
  });

  test('fails when http answers by itself', async () => {
    const redirect = (): RequestListener => (_, response) => void response.end('plain');
    await expect(wait(await listen({ certificates: [right], redirect }))).rejects.toThrow(
      /on http:.* redirects to https: not so .* it answers 200, without a redirect/,
    );
  });

  const plain = { redirect: (): RequestListener => (_, response) => void response.end('plain') };

  test.each<[string, ClusterObject]>([
    ['whose annotation says so', ingress({ 'nginx.ingress.kubernetes.io/ssl-redirect': 'false' })],
    [
      'whose annotation says so, with an issuer',
      ingress({ ...issuedBy('slipway-local'), 'nginx.ingress.kubernetes.io/ssl-redirect': 'false' }),
    ],
    ['whose Secret is not there', ingress({})],
    ['that names no Secret', ingress({}, {})],
    ['whose TLS is that of the pods', ingress({ 'nginx.ingress.kubernetes.io/ssl-passthrough': 'true' })],
  ])('http may answer by itself for one %s', async (_title, declared) => {
    const hasIssuer = Object.keys(declared.metadata.annotations ?? {}).some((key) => key.startsWith('cert-'));
    const ports = await listen({ certificates: [hasIssuer ? right : fake], ...plain });
    expect(await wait(ports, { declared })).toEqual([]);
  });

  test('a certificate of a Secret that is there and fits is waited for; one that does not fit is not', async () => {
    const ports = await listen({ certificates: [fake, right], ...plain });
    const waiting = { declared: ingress({}), deadlineMs: 5_000 };
    expect(await wait(ports, { ...waiting, secret: right })).toEqual([
      "waiting: it shows NGINX's own certificate, not that of the host",
    ]);
    expect(
      await wait(await listen({ certificates: [fake], ...plain }), { ...waiting, secret: fake }),
    ).toEqual([]);
  });

  test('a redirect to somewhere else that the Ingress asks for is an answer', async () => {
    const declared = ingress({
      ...issuedBy('slipway-local'),
      'nginx.ingress.kubernetes.io/permanent-redirect': 'https://example.com',
    });
    const ports = await listen({ certificates: [right], redirect: redirectTo(() => 'https://example.com') });
    expect(await wait(ports, { declared })).toEqual([]);
  });

  test.each([
    ['a port where nobody listens', () => `https://${host}/x`],
    ['another host', (port: number) => `https://other.local:${port}/x`],
    ['plain http', (port: number) => `http://${host}:${port}/x`],
    ['nowhere', () => 'nonsense'],
  ])('fails when http redirects to %s', async (_title, locationOf) => {
    const ports = await listen({ certificates: [right], redirect: redirectTo(locationOf) });
    await expect(wait(ports)).rejects.toThrow(/last state seen: it redirects to /);
  });

  test('asks by http alone where the https port does not lead into the cluster', async () => {
    const [http] = await listen({ certificates: [fake], redirect: redirectTo(() => `https://${host}/x`) });
    expect(await wait([http!])).toEqual([]);
  });
});
