// An ACME server in the cluster: its image, its objects, and its root certificate.

import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import type { ClusterObject } from '../../../src/kubernetes/client/cluster-api.ts';
import { ensureNamespace } from '../../../src/kubernetes/ensure-namespace.ts';
import { waitForRelease } from '../../../src/kubernetes/readiness/wait-for-release.ts';
import type { Task } from '../../../src/task.ts';
import { goBinary } from '../../../src/packages/go-binary.ts';
import { packagedImage } from '../../../src/packages/packaged-image.ts';
import type { Artifact } from '../../../src/packages/artifact.ts';
import type { Workshop } from '../../../src/packages/workshop.ts';
import { type AddonCluster, makeArtifacts } from './addon-cluster.ts';

export const acmeNamespace = 'acme-test';
/** Where clients inside the cluster find its directory. */
export const acmeDirectory = `https://pebble.${acmeNamespace}.svc:14000/dir`;

const name = 'pebble';
const labels = { 'app.kubernetes.io/name': name };
const metadata = { name, namespace: acmeNamespace };
const certManager = 'cert-manager.io/v1';

/** Binary and image; the last one is to be loaded. */
async function acmeServerArtifacts(workshop: Workshop): Promise<Artifact[]> {
  const folder = join(import.meta.dirname, 'pebble');
  const binary = await goBinary(workshop, {
    id: 'test-pebble-binary',
    title: 'Pebble (compile)',
    moduleFolder: join(folder, 'program'),
    packages: [{ path: 'github.com/letsencrypt/pebble/v2/cmd/pebble', output: 'pebble' }],
    ldflags: '-s -w',
  });
  const image = await packagedImage(workshop, {
    id: 'test-pebble',
    title: 'Pebble (image)',
    contextFolder: folder,
    inputs: [{ artifact: binary, to: 'bin' }],
  });
  return [binary, image];
}

/** Its own certificate, by which clients know it: cert-manager makes that too. */
const acmeServerIdentity: readonly ClusterObject[] = [
  { apiVersion: certManager, kind: 'Issuer', metadata, spec: { selfSigned: {} } },
  {
    apiVersion: certManager,
    kind: 'Certificate',
    metadata,
    spec: {
      secretName: name,
      dnsNames: [`pebble.${acmeNamespace}.svc`],
      issuerRef: { name, kind: 'Issuer', group: 'cert-manager.io' },
    },
  },
];

/** The server. It looks names up in the cluster's DNS and calls them on port 80, as Let's Encrypt would. */
function acmeServerObjects(image: string): ClusterObject[] {
  const config = {
    pebble: {
      listenAddress: '0.0.0.0:14000',
      managementListenAddress: '0.0.0.0:15000',
      certificate: '/identity/tls.crt',
      privateKey: '/identity/tls.key',
      httpPort: 80,
      tlsPort: 443,
    },
  };
  // Neither dawdles nor refuses nonces by chance, and validates anew for every order.
  const settings = { PEBBLE_VA_NOSLEEP: '1', PEBBLE_WFE_NONCEREJECT: '0', PEBBLE_AUTHZREUSE: '0' };
  const container = {
    name,
    image,
    imagePullPolicy: 'Never',
    args: ['-config', '/config/pebble.json'],
    env: Object.entries(settings).map(([key, value]) => ({ name: key, value })),
    ports: [{ containerPort: 14000 }, { containerPort: 15000 }],
    readinessProbe: { httpGet: { path: '/dir', port: 14000, scheme: 'HTTPS' }, periodSeconds: 1 },
    volumeMounts: [
      { name: 'config', mountPath: '/config', readOnly: true },
      { name: 'identity', mountPath: '/identity', readOnly: true },
    ],
    securityContext: {
      runAsNonRoot: true,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
  };
  const volumes = [
    { name: 'config', configMap: { name } },
    { name: 'identity', secret: { secretName: name } },
  ];
  const template = { metadata: { labels }, spec: { containers: [container], volumes } };
  const ports = [14000, 15000].map((port) => ({ name: `port-${port}`, port }));
  return [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'pebble.json': JSON.stringify(config) } },
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { selector: labels, ports } },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: { selector: { matchLabels: labels }, template },
    },
  ];
}

/** Resolves when it answers; cert-manager has to be there. */
export async function startAcmeServer(cluster: AddonCluster, signal: AbortSignal): Promise<void> {
  const { api, workshop, tools, nodes } = cluster;
  const task: Task = { signal, report: () => {} };
  const artifacts = await acmeServerArtifacts(workshop);
  const image = artifacts.at(-1)!.location;
  await makeArtifacts(artifacts, task);
  await tools.loader.load({ references: [image], nodes }, task);
  await ensureNamespace({ api, name: acmeNamespace, environment: 'todo' }, signal);
  const manifest = [...acmeServerIdentity, ...acmeServerObjects(image)];
  for (const object of manifest) await api.apply(object, { signal });
  // Its pod waits for the Secret that cert-manager makes.
  await waitForRelease({ api, manifest, namespace: acmeNamespace, deadlineMs: 120_000 }, task);
}

/** Its image is of no use to anybody else. */
export async function removeAcmeImage({ workshop, tools }: AddonCluster, signal: AbortSignal): Promise<void> {
  const artifacts = await acmeServerArtifacts(workshop);
  await tools.images.remove(artifacts.at(-1)!.location, signal);
}

/** By which its clients know it. */
export async function readAcmeIdentity({ api }: AddonCluster, signal: AbortSignal): Promise<string> {
  const secret = await api.get({ apiVersion: 'v1', kind: 'Secret', ...metadata }, signal);
  return (secret!['data'] as Record<string, string>)['tls.crt']!;
}

/** The root that everything is signed by that the server issues; made anew at each start. Read from inside the node. */
export async function readAcmeRoot({ tools, nodes }: AddonCluster): Promise<X509Certificate> {
  const path = `/api/v1/namespaces/${acmeNamespace}/services/https:pebble:15000/proxy/roots/0`;
  const kubectl = ['kubectl', '--kubeconfig', '/etc/kubernetes/admin.conf', 'get', '--raw', path];
  const { stdout } = await tools.commands.run({ program: 'docker', args: ['exec', nodes[0]!, ...kubectl] });
  return new X509Certificate(stdout);
}
