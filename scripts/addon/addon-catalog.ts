// The addons that an environment can name.

import { join } from 'node:path';
import type { PortMapping } from '../cluster/cluster-driver.ts';
import type { Workshop } from '../toolchain/workshop.ts';
import type { Addon } from './addon.ts';
import { ingressNginxArtifacts } from './ingress-nginx-artifacts.ts';
import { ingressNginxAddon } from './ingress-nginx.ts';

export interface AddonRequest {
  /** 'packages' where no container registry answers: images are made; 'registry': official ones are pulled. */
  readonly mode: 'packages' | 'registry';
  readonly workshop: Workshop;
  /** Absolute path of the folder that holds charts/ and dockerfiles/. */
  readonly projectFolder: string;
  /** Ports of this machine that lead into the cluster. */
  readonly ports: readonly PortMapping[];
  /** From the environment's config; laid over everything else. */
  readonly values: Readonly<Record<string, unknown>>;
}

export type AddonFactory = (request: AddonRequest) => Promise<Addon>;

/** By the name that slipway.config.ts uses. */
export const addonCatalog: ReadonlyMap<string, AddonFactory> = new Map<string, AddonFactory>([
  ['ingress-nginx', makeIngressNginx],
]);

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
