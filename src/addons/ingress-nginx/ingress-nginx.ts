// The NGINX ingress controller as an addon.

import type { PortMapping } from '../../cluster/cluster-driver.ts';
import type { ReleaseSpec } from '../../releases/release-store.ts';
import type { Artifact } from '../../packages/artifact.ts';
import type { Addon } from '../addon.ts';
import { packagedIngressNginxVersion } from './ingress-nginx-artifacts.ts';
import { proveIngressNginx } from './verify-ingress-nginx.ts';
import { mergeValues } from '../../releases/chart/merge-values.ts';

/** That of the official image in the chart's values. */
export const officialIngressNginxVersion = '1.15.1';

/**
 * How often the image that Slipway makes takes changes over. Only that one: its Lua loses no update however close two
 * are (ingress-nginx-lua.ts). The official image is left at the rate that upstream tests.
 */
const PACKAGED_SYNCS_PER_SECOND = 2;

/** Taken inside the pod: default server, profiler, status, streams, health. */
const portsOfController: ReadonlySet<number> = new Set([8181, 10245, 10246, 10247, 10254]);

export interface IngressNginxOptions {
  /** 'packages': the image that `artifacts` make; 'registry': the official one. */
  readonly mode: 'packages' | 'registry';
  /** What ingressNginxArtifacts() gave; ignored in mode 'registry'. */
  readonly artifacts: readonly Artifact[];
  /** Absolute path of charts/addons/ingress-nginx. */
  readonly chartFolder: string;
  /** By which ports of this machine the node is reached: redirects to https name them. */
  readonly ports?: readonly PortMapping[];
  /** Laid over the chart's values and over what follows from the rest of these options. */
  readonly values?: Readonly<Record<string, unknown>>;
  /** How long the proof may take; 60 s if absent. */
  readonly proveWithinMs?: number;
}

interface ChartValues {
  readonly ingressClass: { readonly name: string; readonly default: boolean };
  readonly hostPort: { readonly http: number; readonly https: number };
}

export function ingressNginxAddon(options: IngressNginxOptions): Addon {
  const artifacts = options.mode === 'packages' ? options.artifacts : [];
  const image = artifacts.at(-1)?.location;
  if (options.mode === 'packages' && image === undefined) {
    throw new Error('from packages the ingress controller needs the artifacts that make its image');
  }
  const { ingressClass, hostPort } = mergeValues(
    { ingressClass: { name: 'nginx', default: true }, hostPort: { http: 80, https: 443 } },
    options.values ?? {},
  ) as unknown as ChartValues;
  const derived = {
    ...(image === undefined
      ? {}
      : {
          image: { reference: image, pullPolicy: 'Never', readOnlyRootFilesystem: true },
          syncsPerSecond: PACKAGED_SYNCS_PER_SECOND,
        }),
    ...listenPorts(options.ports ?? [], hostPort),
  };
  const release: ReleaseSpec = {
    name: 'ingress-nginx',
    namespace: 'ingress-nginx',
    chart: options.chartFolder,
    values: mergeValues(derived, options.values ?? {}),
  };
  return {
    name: 'ingress-nginx',
    version: image === undefined ? officialIngressNginxVersion : packagedIngressNginxVersion,
    artifacts,
    images: image === undefined ? [] : [image],
    release,
    verify: (context, task) =>
      proveIngressNginx(
        {
          namespace: release.namespace,
          className: ingressClass.name,
          isDefaultClass: ingressClass.default,
          nodePorts: hostPort,
          deadlineMs: options.proveWithinMs ?? 60_000,
        },
        context,
        task,
      ),
  };
}

// Only together: with one of the two known, redirects would still lead astray.
function listenPorts(
  ports: readonly PortMapping[],
  nodePorts: ChartValues['hostPort'],
): Record<string, unknown> {
  const http = ports.find((port) => port.containerPort === nodePorts.http)?.hostPort;
  const https = ports.find((port) => port.containerPort === nodePorts.https)?.hostPort;
  if (http === undefined || https === undefined) return {};
  return portsOfController.has(http) || portsOfController.has(https) ? {} : { listenPort: { http, https } };
}
