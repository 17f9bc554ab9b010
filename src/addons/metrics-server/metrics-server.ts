// metrics-server as an addon: what `kubectl top` and autoscalers read.

import type { ReleaseSpec } from '../../releases/release-store.ts';
import type { Artifact } from '../../packages/artifact.ts';
import type { Addon } from '../addon.ts';
import { mergeValues } from '../../releases/chart/merge-values.ts';
import { metricsServerVersion } from './metrics-server-artifacts.ts';
import { proveMetricsServer } from './verify-metrics-server.ts';

export interface MetricsServerOptions {
  /** 'packages': the image that `artifacts` make; 'registry': the official one. */
  readonly mode: 'packages' | 'registry';
  /** What metricsServerArtifacts() gave; ignored in mode 'registry'. */
  readonly artifacts: readonly Artifact[];
  /** Absolute path of charts/addons/metrics-server. */
  readonly chartFolder: string;
  /** Laid over the chart's values and over what follows from the rest of these options. */
  readonly values?: Readonly<Record<string, unknown>>;
  /** How long the proof may take; 90 s if absent. */
  readonly proveWithinMs?: number;
}

const namespace = 'metrics-server';

export function metricsServerAddon(options: MetricsServerOptions): Addon {
  const artifacts = options.mode === 'packages' ? options.artifacts : [];
  const image = artifacts.at(-1)?.location;
  if (options.mode === 'packages' && image === undefined) {
    throw new Error('from packages metrics-server needs the artifacts that make its image');
  }
  const derived = image === undefined ? {} : { image: { reference: image, pullPolicy: 'Never' } };
  const release: ReleaseSpec = {
    name: 'metrics-server',
    namespace,
    chart: options.chartFolder,
    values: mergeValues(derived, options.values ?? {}),
  };
  return {
    name: 'metrics-server',
    version: metricsServerVersion,
    artifacts,
    images: image === undefined ? [] : [image],
    release,
    verify: ({ api }, task) =>
      proveMetricsServer({ namespace, deadlineMs: options.proveWithinMs ?? 90_000 }, api, task),
  };
}
