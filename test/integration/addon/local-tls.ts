// Registers the suite of TLS for local hosts: the user's authority, cert-manager, the ingress controller and the two
// charts together, asked as a person would.

import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { getAnswer } from '../../../src/addons/http-answer.ts';
import { ensureLocalAuthority } from '../../../src/certificates/ensure-local-authority.ts';
import type { LocalAuthority } from '../../../src/certificates/local-authority.ts';
import type { PortMapping } from '../../../src/cluster/cluster-driver.ts';
import type { ReleaseSpec } from '../../../src/releases/release-store.ts';
import type { ClusterObject } from '../../../src/kubernetes/client/cluster-api.ts';
import { parseManifest } from '../../../src/kubernetes/parse-manifest.ts';
import { ensureAuthoritySecret } from '../../../src/addons/cert-manager/ensure-authority-secret.ts';
import { Redactor } from '../../../src/secrets/redact.ts';
import { waitForRoutes } from '../../../src/releases/wait-for-routes.ts';
import type { Task } from '../../../src/task.ts';
import { type AddonCluster, installChart, projectFolder } from './addon-cluster.ts';

const host = 'tls.test';
// In cert-manager's namespace, because it has a service that answers: its metrics.
const namespace = 'cert-manager';
const path = '/metrics';

/** `cluster` is asked in a hook, so it may be made by an earlier one. */
export function describeLocalTls(cluster: () => AddonCluster): void {
  describe('TLS for a local host', () => {
    const { signal } = new AbortController();
    const task: Task = { signal, report: () => {} };
    const issuers = releaseOf('cluster-issuers', {});
    const ingress = ingressBy('tls-ingress', 'slipway-local');
    const toTakeAway = new AsyncDisposableStack();
    let authority: LocalAuthority;
    let ports: readonly PortMapping[];

    async function newAuthority(): Promise<LocalAuthority> {
      const folder = await mkdtemp(join(tmpdir(), 'slipway-authority-'));
      toTakeAway.defer(() => rm(folder, { recursive: true, force: true }));
      return ensureLocalAuthority({ folder: join(folder, 'ca'), owner: 'test', nowMs: Date.now() }, signal);
    }

    async function ensureSecret(wanted: LocalAuthority): Promise<readonly string[]> {
      const about = {
        owner: 'todo',
        name: 'slipway-local-ca',
        namespace,
        authority: wanted,
        redactor: new Redactor(),
      };
      return (await ensureAuthoritySecret({ api: cluster().api, ...about }, task)).changedKeys;
    }

    const install = (release: ReleaseSpec, deadlineMs?: number): Promise<ClusterObject[]> =>
      installChart(cluster(), release, task, deadlineMs);

    beforeAll(async () => {
      ({ ports } = cluster());
      authority = await newAuthority();
      await ensureSecret(authority);
      await install(issuers);
    });
    afterAll(() => toTakeAway.disposeAsync());

    test.each([
      ['the local one alone', {}, ['slipway-local']],
      [
        'those of ACME where they are switched on',
        {
          letsencryptStaging: { enabled: true },
          letsencryptProd: { enabled: true },
          acme: { email: 'a@b.c' },
        },
        ['letsencrypt-prod', 'letsencrypt-staging', 'slipway-local'],
      ],
    ])('the chart of issuers has %s', async (_title, values, names) => {
      const manifest = parseManifest(
        await cluster().releases.render(releaseOf('cluster-issuers', values), signal),
        namespace,
      );
      expect(manifest.map(({ metadata }) => metadata.name).sort()).toEqual(names);
    });

    test('the chart of issuers refuses ACME without an address to write to', async () => {
      const release = releaseOf('cluster-issuers', { letsencryptProd: { enabled: true } });
      await expect(cluster().releases.lint(release, signal)).rejects.toMatchObject({ code: 'chart' });
    });

    const note = (text: string): never => expect.fail(text);
    const portOf = (name: string): number => ports.find((port) => port.name === name)!.hostPort;

    test('shows a certificate for the host that the authority signed', async () => {
      const manifest = await install(ingress);
      const { api } = cluster();
      const routes = { api, manifest, ports, authority: authority.certificatePem, deadlineMs: 60_000 };
      await waitForRoutes({ ...routes, note }, task);
      expect(await fetchTrusting(authority.certificatePem, portOf('https'))).toContain('certmanager_');
    });

    test('is refused by whoever does not trust the authority', async () => {
      const { certificatePem: other } = await newAuthority();
      await expect(fetchTrusting(other, portOf('https'))).rejects.toMatchObject({
        code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      });
    });

    test('redirects from http to the port of this machine that leads to https', async () => {
      const url = `http://127.0.0.1:${portOf('http')}${path}`;
      const { status, headers } = await getAnswer({ url, host, timeoutMs: 10_000 }, signal);
      expect([status, headers['location']]).toEqual([308, `https://${host}:${portOf('https')}${path}`]);
    });

    test('is signed anew when the authority is another one', async () => {
      const { certificatePem } = (authority = await newAuthority());
      expect(await ensureSecret(authority)).toEqual(['tls.crt', 'tls.key', 'ca.crt']);
      const { api, releases } = cluster();
      const manifest = parseManifest(await releases.render(ingress, signal), namespace);
      const routes = { api, manifest, ports, authority: certificatePem, deadlineMs: 60_000 };
      await waitForRoutes({ ...routes, note }, task);
      expect(await fetchTrusting(certificatePem, portOf('https'))).toContain('certmanager_');
      expect(await ensureSecret(authority)).toEqual([]);
    });

    test('an Ingress whose issuer is not there is not ready, and says why', async () => {
      const release = ingressBy('no-issuer', 'nobody');
      await expect(install(release, 2_000)).rejects.toThrow(
        /ingress no-issuer: certificate no-issuer-tls: not Ready yet/,
      );
    });

    /** GET as a client that trusts this authority and no other. Rejects when the certificate is not right. */
    async function fetchTrusting(ca: string, port: number): Promise<string> {
      return new Promise((resolve, reject) => {
        const options = {
          host: '127.0.0.1',
          port,
          path,
          ca,
          servername: host,
          headers: { host },
          agent: false,
        };
        request(options, (response) => void text(response).then(resolve, reject))
          .on('error', reject)
          .end();
      });
    }
  });
}

function releaseOf(name: string, values: Readonly<Record<string, unknown>>, chart = name): ReleaseSpec {
  return { name, namespace, chart: join(projectFolder, 'charts', chart), values };
}

function ingressBy(name: string, issuer: string): ReleaseSpec {
  const paths = [{ path, service: 'cert-manager', port: 9402 }];
  return releaseOf(
    name,
    { host: name === 'tls-ingress' ? host : `${name}.test`, tls: { issuer }, paths },
    'ingress',
  );
}
