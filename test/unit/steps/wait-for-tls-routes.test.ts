import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { createSecureContext } from 'node:tls';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { issueAuthority, type IssuedAuthority } from '../../../scripts/authority/issue-authority.ts';
import type { PortMapping } from '../../../scripts/cluster/cluster-driver.ts';
import type { ClusterObject } from '../../../scripts/kubernetes/cluster-api.ts';
import { waitForRoutes } from '../../../scripts/steps/wait-for-routes.ts';
import { type HostCertificate, issueHostCertificate } from '../../support/host-certificate.ts';

const host = 'todo.local';

function ingress(issuer: string): ClusterObject {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'i', annotations: { 'cert-manager.io/cluster-issuer': issuer } },
    spec: {
      tls: [{ hosts: [host], secretName: 'i-tls' }],
      rules: [{ host, http: { paths: [{ path: '/x' }] } }],
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
        response.end('nothing here');
      },
    );
    const httpsPort = await portOf(https);
    const redirect = controller.redirect ?? redirectTo((port) => `https://${host}:${port}/x`);
    const httpPort = await portOf(createServer(redirect(httpsPort)));
    return [
      { name: 'http', containerPort: 80, hostPort: httpPort, listenAddress: '127.0.0.1' },
      { name: 'https', containerPort: 443, hostPort: httpsPort, listenAddress: '127.0.0.1' },
    ];
  }

  function redirectTo(locationOf: (httpsPort: number) => string): Controller['redirect'] & {} {
    return (httpsPort) => (_, response) =>
      void response.writeHead(308, { location: locationOf(httpsPort) }).end();
  }

  async function wait(
    ports: readonly PortMapping[],
    { issuer = 'slipway-local', deadlineMs = 100 } = {},
  ): Promise<string[]> {
    const reports: string[] = [];
    const task = {
      signal: new AbortController().signal,
      report: ({ text }: { text: string }) => void reports.push(text),
    };
    const { certificatePem } = authority;
    await waitForRoutes({ manifest: [ingress(issuer)], ports, authority: certificatePem, deadlineMs }, task);
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
    expect(await wait(ports, { issuer: 'letsencrypt-prod' })).toEqual([]);
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
