// cert-manager as an addon: its official chart, with its official images or with the one made from packages.

import type { ReleaseSpec } from '../../releases/release-store.ts';
import type { Artifact } from '../../packages/artifact.ts';
import type { Addon } from '../addon.ts';
import { certManagerVersion } from './cert-manager-artifacts.ts';
import { proveCertManager } from './verify-cert-manager.ts';
import { mergeValues } from '../../releases/chart/merge-values.ts';

export interface CertManagerOptions {
  /** 'packages': the image that `artifacts` make; 'registry': the official ones. */
  readonly mode: 'packages' | 'registry';
  /** What certManagerArtifacts() gave; ignored in mode 'registry'. */
  readonly artifacts: readonly Artifact[];
  /** Absolute path of charts/addons/cert-manager. */
  readonly chartFolder: string;
  /** Laid over the chart's values and over what follows from the rest of these options. */
  readonly values?: Readonly<Record<string, unknown>>;
  /** How long each claim of the proof may take; 60 s if absent. */
  readonly proveWithinMs?: number;
}

const namespace = 'cert-manager';

/** Where the chart has the values of each program; the controller's are at its root. */
const programs = ['controller', 'webhook', 'cainjector', 'acmesolver'] as const;
type Program = (typeof programs)[number];

/** What the programs were seen to need, and a limit that a leak reaches before the node suffers. */
const resources = (memory: string): unknown => ({
  requests: { cpu: '10m', memory },
  limits: { memory: '256Mi' },
});

const ownValues = {
  // The definitions go with the release, after the custom resources, which `down` removes first.
  crds: { enabled: true, keep: false },
  // In the chart kube-system, which is not ours. The times are those of Kubernetes' own components; with the chart's,
  // a new pod can stand by for a minute before it works.
  global: {
    leaderElection: { namespace, leaseDuration: '15s', renewDeadline: '10s', retryPeriod: '2s' },
  },
  // A hook that polls the API for a minute; the proof asks more, and says what it saw.
  startupapicheck: { enabled: false },
  resources: resources('48Mi'),
  webhook: { resources: resources('24Mi') },
  cainjector: { resources: resources('48Mi') },
};

export function certManagerAddon(options: CertManagerOptions): Addon {
  const artifacts = options.mode === 'packages' ? options.artifacts : [];
  const image = artifacts.at(-1)?.location;
  if (options.mode === 'packages' && image === undefined) {
    throw new Error('from packages cert-manager needs the artifacts that make its image');
  }
  const images = image === undefined ? officialImages() : packagedImages(image);
  const release: ReleaseSpec = {
    name: 'cert-manager',
    namespace,
    chart: options.chartFolder,
    values: mergeValues(mergeValues(ownValues, images), options.values ?? {}),
  };
  return {
    name: 'cert-manager',
    version: certManagerVersion,
    artifacts,
    images: image === undefined ? [] : [image],
    release,
    verify: (context, task) =>
      proveCertManager({ namespace, deadlineMs: options.proveWithinMs ?? 60_000 }, context, task),
  };
}

function officialImages(): Record<string, unknown> {
  return perProgram((program) => ({
    image: { repository: `quay.io/jetstack/cert-manager-${program}`, tag: `v${certManagerVersion}` },
  }));
}

// One image for all: the chart names no command, so a variable says which program is meant. The pods of acmesolver
// are made by the controller, which gives them none; without it, the image is acmesolver.
function packagedImages(reference: string): Record<string, unknown> {
  const colon = reference.lastIndexOf(':');
  const image = {
    repository: reference.slice(0, colon),
    tag: reference.slice(colon + 1),
    pullPolicy: 'Never',
  };
  return perProgram((program) =>
    program === 'acmesolver'
      ? { image }
      : { image, extraEnv: [{ name: 'CERT_MANAGER_PROGRAM', value: program }] },
  );
}

function perProgram(valuesOf: (program: Program) => Record<string, unknown>): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const program of programs) {
    if (program === 'controller') Object.assign(values, valuesOf(program));
    else values[program] = valuesOf(program);
  }
  return values;
}
