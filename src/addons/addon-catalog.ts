// The addons that an environment can name.

import { join } from 'node:path';
import type { PortMapping } from '../cluster/cluster-driver.ts';
import type { Workshop } from '../packages/workshop.ts';
import type { Addon } from './addon.ts';
import { certManagerArtifacts, certManagerVersion } from './cert-manager/cert-manager-artifacts.ts';
import { certManagerAddon } from './cert-manager/cert-manager.ts';
import type { AddonMode, AddonVersions } from './check-addon-versions.ts';
import { daprArtifacts, daprVersion } from './dapr/dapr-artifacts.ts';
import { daprAddon } from './dapr/dapr.ts';
import {
  ingressNginxArtifacts,
  packagedIngressNginxVersion,
} from './ingress-nginx/ingress-nginx-artifacts.ts';
import { ingressNginxAddon, officialIngressNginxVersion } from './ingress-nginx/ingress-nginx.ts';
import { metricsServerArtifacts, metricsServerVersion } from './metrics-server/metrics-server-artifacts.ts';
import { metricsServerAddon } from './metrics-server/metrics-server.ts';

export interface AddonRequest {
  readonly mode: AddonMode;
  readonly workshop: Workshop;
  /** Absolute path of the folder that holds charts/ and dockerfiles/. */
  readonly projectFolder: string;
  /** Ports of this machine that lead into the cluster. */
  readonly ports: readonly PortMapping[];
  /** From the environment's config; laid over everything else. */
  readonly values: Readonly<Record<string, unknown>>;
}

export type AddonFactory = (request: AddonRequest) => Promise<Addon>;

export interface AddonEntry {
  readonly versions: AddonVersions;
  readonly make: AddonFactory;
}

/** By the name that slipway.config.ts uses. */
export const addonCatalog: ReadonlyMap<string, AddonEntry> = new Map<string, AddonEntry>([
  [
    'cert-manager',
    {
      versions: { packages: certManagerVersion, registry: certManagerVersion },
      make: makeCertManager,
    },
  ],
  ['dapr', { versions: { packages: daprVersion, registry: daprVersion }, make: makeDapr }],
  [
    'ingress-nginx',
    {
      versions: { packages: packagedIngressNginxVersion, registry: officialIngressNginxVersion },
      make: makeIngressNginx,
    },
  ],
  [
    'metrics-server',
    {
      versions: { packages: metricsServerVersion, registry: metricsServerVersion },
      make: makeMetricsServer,
    },
  ],
]);

async function makeCertManager(request: AddonRequest): Promise<Addon> {
  const { mode, workshop, projectFolder, values } = request;
  const dockerfileFolder = join(projectFolder, 'dockerfiles', 'cert-manager');
  return certManagerAddon({
    mode,
    artifacts: mode === 'packages' ? await certManagerArtifacts(workshop, dockerfileFolder) : [],
    chartFolder: join(projectFolder, 'charts', 'addons', 'cert-manager'),
    values,
  });
}

async function makeIngressNginx(request: AddonRequest): Promise<Addon> {
  const { mode, workshop, projectFolder, ports, values } = request;
  const dockerfileFolder = join(projectFolder, 'dockerfiles', 'ingress-nginx');
  return ingressNginxAddon({
    mode,
    artifacts: mode === 'packages' ? await ingressNginxArtifacts(workshop, dockerfileFolder) : [],
    chartFolder: join(projectFolder, 'charts', 'addons', 'ingress-nginx'),
    ports,
    values,
  });
}

async function makeMetricsServer(request: AddonRequest): Promise<Addon> {
  const { mode, workshop, projectFolder, values } = request;
  const dockerfileFolder = join(projectFolder, 'dockerfiles', 'metrics-server');
  return metricsServerAddon({
    mode,
    artifacts: mode === 'packages' ? await metricsServerArtifacts(workshop, dockerfileFolder) : [],
    chartFolder: join(projectFolder, 'charts', 'addons', 'metrics-server'),
    values,
  });
}

async function makeDapr(request: AddonRequest): Promise<Addon> {
  const { mode, workshop, projectFolder, values } = request;
  const dockerfileFolder = join(projectFolder, 'dockerfiles', 'dapr');
  return daprAddon({
    mode,
    artifacts: mode === 'packages' ? await daprArtifacts(workshop, dockerfileFolder) : [],
    chartFolder: join(projectFolder, 'charts', 'addons', 'dapr'),
    values,
  });
}
