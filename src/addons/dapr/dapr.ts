// Dapr as an addon: its official chart, with its official images or with the one made from packages.

import type { ReleaseSpec } from '../../releases/release-store.ts';
import type { Artifact } from '../../packages/artifact.ts';
import type { Addon } from '../addon.ts';
import { daprVersion } from './dapr-artifacts.ts';
import { proveDapr } from './verify-dapr.ts';
import { mergeValues } from '../../releases/chart/merge-values.ts';

export interface DaprOptions {
  /** 'packages': the image that `artifacts` make; 'registry': the official ones. */
  readonly mode: 'packages' | 'registry';
  /** What daprArtifacts() gave; ignored in mode 'registry'. */
  readonly artifacts: readonly Artifact[];
  /** Absolute path of charts/addons/dapr. */
  readonly chartFolder: string;
  /** Laid over the chart's values and over what follows from the rest of these options. */
  readonly values?: Readonly<Record<string, unknown>>;
  /** How long each claim of the proof may take; 60 s if absent. */
  readonly proveWithinMs?: number;
}

const namespace = 'dapr-system';

/** What the programs were seen to need, and a limit that a leak reaches before the node suffers. */
const resources = { requests: { cpu: '10m', memory: '32Mi' }, limits: { memory: '256Mi' } };
/** They are ready within a second; the chart looks for the first time after three. */
const readinessProbe = { initialDelaySeconds: 1, periodSeconds: 1 };

const ownValues = {
  global: {
    tag: daprVersion,
    ha: { enabled: false },
    seccompProfile: 'RuntimeDefault',
    mtls: { enabled: true, workloadCertTTL: '24h', allowedClockSkew: '15m' },
    // Serves jobs and reminders of actors, by an etcd of its own. Nothing here needs it.
    scheduler: { enabled: false },
  },
  // Lets pods of the namespace 'default' read all its secrets. The operator reads those that components name.
  dapr_rbac: { secretReader: { enabled: false } },
  dapr_operator: { replicaCount: 1, resources, readinessProbe },
  dapr_sentry: { replicaCount: 1, resources, readinessProbe },
  // One placement server keeps its log in memory in any case. Told so, the chart does not run it as root.
  dapr_placement: { cluster: { forceInMemoryLog: true }, resources, readinessProbe },
  dapr_sidecar_injector: {
    replicaCount: 1,
    sidecarDropALLCapabilities: true,
    resources,
    readinessProbe,
  },
};

export function daprAddon(options: DaprOptions): Addon {
  const artifacts = options.mode === 'packages' ? options.artifacts : [];
  const image = artifacts.at(-1)?.location;
  if (options.mode === 'packages' && image === undefined) {
    throw new Error('from packages Dapr needs the artifacts that make its image');
  }
  const values = mergeValues(
    mergeValues(ownValues, image === undefined ? {} : packagedImage(image)),
    options.values ?? {},
  );
  const release: ReleaseSpec = { name: 'dapr', namespace, chart: options.chartFolder, values };
  return {
    name: 'dapr',
    version: daprVersion,
    artifacts,
    images: image === undefined ? [] : [image],
    release,
    verify: ({ api }, task) =>
      proveDapr({ namespace, ...sidecarOf(values), deadlineMs: options.proveWithinMs ?? 60_000 }, api, task),
  };
}

// One image for all: each part of the chart calls its program by a name of its own. The chart takes a name that holds
// a slash for a whole reference.
function packagedImage(reference: string): Record<string, unknown> {
  const image = { name: reference };
  return {
    global: { imagePullPolicy: 'Never' },
    dapr_operator: { image },
    dapr_placement: { image },
    dapr_sentry: { image },
    dapr_sidecar_injector: { image, injectorImage: image, sidecarImagePullPolicy: 'Never' },
  };
}

// As the chart works it out, with its own defaults.
function sidecarOf(values: Readonly<Record<string, unknown>>): { sidecarImage: string; pullPolicy: string } {
  const defaults = {
    global: { registry: 'ghcr.io/dapr', tag: daprVersion },
    dapr_sidecar_injector: { image: { name: 'daprd' }, sidecarImagePullPolicy: 'IfNotPresent' },
  };
  const { global, dapr_sidecar_injector: injector } = mergeValues(defaults, values) as typeof defaults;
  const { name } = injector.image;
  return {
    sidecarImage: name.includes('/') ? name : `${global.registry}/${name}:${global.tag}`,
    pullPolicy: injector.sidecarImagePullPolicy,
  };
}
