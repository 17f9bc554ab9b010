// Registers the suite of ACME: cert-manager answers a challenge through the ingress controller, and gets a certificate.

import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ClusterObject } from '../../../src/kubernetes/client/cluster-api.ts';
import { ownershipLabels } from '../../../src/kubernetes/ownership.ts';
import type { Task } from '../../../src/task.ts';
import { until } from '../../support/until.ts';
import {
  acmeDirectory,
  acmeNamespace,
  readAcmeIdentity,
  readAcmeRoot,
  removeAcmeImage,
} from './acme-server.ts';
import type { AddonCluster } from './addon-cluster.ts';

/** Resolved by the cluster's DNS, answered by NGINX: what a public host name is to Let's Encrypt. */
const host = 'ingress-nginx-controller.ingress-nginx.svc.cluster.local';
const issuerName = 'acme-test';
const certManager = 'cert-manager.io/v1';

/** `cluster` is asked in a hook; cert-manager has to be installed in it. */
export function describeAcme(cluster: () => AddonCluster): void {
  describe('an ACME issuer', () => {
    const task: Task = { signal: new AbortController().signal, report: () => {} };
    const issuer: ClusterObject = {
      apiVersion: certManager,
      kind: 'ClusterIssuer',
      // A kind without namespaces: by this label `down` knows whose it is.
      metadata: { name: issuerName, labels: ownershipLabels('todo') },
    };

    beforeAll(async () => {
      const acme = {
        server: acmeDirectory,
        caBundle: await readAcmeIdentity(cluster(), task.signal),
        privateKeySecretRef: { name: issuerName },
        solvers: [{ http01: { ingress: { ingressClassName: 'nginx', serviceType: 'ClusterIP' } } }],
      };
      await cluster().api.apply({ ...issuer, spec: { acme } }, { signal: task.signal });
    });
    afterAll(() => removeAcmeImage(cluster(), task.signal));

    async function secretOf(name: string): Promise<Record<string, string> | undefined> {
      const { api } = cluster();
      const secret = await api.get(
        { apiVersion: 'v1', kind: 'Secret', name, namespace: acmeNamespace },
        task.signal,
      );
      return secret?.['data'] as Record<string, string> | undefined;
    }

    /** True, or the status that it has in its place. */
    async function isReady(kind: string, name: string, namespace?: string): Promise<true | string> {
      const found = await cluster().api.get({ apiVersion: certManager, kind, name, namespace }, task.signal);
      const { conditions = [] } = (found?.['status'] ?? {}) as {
        conditions?: { type: string; status: string }[];
      };
      const isTrue = conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
      return isTrue || JSON.stringify(found?.['status'] ?? `no ${kind} ${name}`);
    }

    test('has its account at the server', async () => {
      await until('the issuer is ready', () => isReady('ClusterIssuer', issuerName));
      expect(await isReady('ClusterIssuer', issuerName)).toBe(true);
    });

    test('gets a certificate by HTTP-01 that chains to the root of the server', async () => {
      const { api } = cluster();
      const challenges = new Set<string>();
      const issuerRef = { name: issuerName, kind: 'ClusterIssuer', group: 'cert-manager.io' };
      const spec = { secretName: 'by-http01', dnsNames: [host], issuerRef };
      const metadata = { name: 'by-http01', namespace: acmeNamespace };
      await api.apply(
        { apiVersion: certManager, kind: 'Certificate', metadata, spec },
        { signal: task.signal },
      );
      await until('the certificate is ready', async () => {
        const query = { apiVersion: 'acme.cert-manager.io/v1', kind: 'Challenge', namespace: acmeNamespace };
        const found = await api.list(query, task.signal);
        for (const challenge of found) challenges.add((challenge['spec'] as { type: string }).type);
        const certificate = await isReady('Certificate', 'by-http01', acmeNamespace);
        if (certificate === true) return true;
        return `${certificate}, challenges ${JSON.stringify(found.map((challenge) => challenge['status']))}`;
      });
      expect([...challenges]).toEqual(['HTTP-01']);

      const bundle = Buffer.from((await secretOf('by-http01'))!['tls.crt']!, 'base64').toString('utf8');
      const chain = bundle.split(/(?=-----BEGIN CERTIFICATE-----)/).map((text) => new X509Certificate(text));
      const root = await readAcmeRoot(cluster());
      expect(chain[0]?.checkHost(host)).toBe(host);
      expect(chain.length).toBeGreaterThan(1);
      for (const [index, certificate] of chain.entries()) {
        const signer = chain[index + 1] ?? root;
        expect(certificate.checkIssued(signer) && certificate.verify(signer.publicKey)).toBe(true);
      }
    });

    test('takes the pods, services and ingresses of a challenge away again', async () => {
      const { api } = cluster();
      const labelSelector = 'acme.cert-manager.io/http01-solver=true';
      const kinds = [
        { apiVersion: 'v1', kind: 'Pod' },
        { apiVersion: 'v1', kind: 'Service' },
        { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress' },
      ];
      const left = async (): Promise<ClusterObject[]> =>
        (await Promise.all(kinds.map((kind) => api.list({ ...kind, labelSelector }, task.signal)))).flat();
      await until('nothing of the challenge is left', async () => {
        const rest = await left();
        return rest.length === 0 || rest.map(({ kind, metadata }) => `${kind} ${metadata.name}`).join(', ');
      });
      expect(await left()).toEqual([]);
    });
  });
}
