// Registers the suite of Dapr on a real cluster: what it proves, what it leaves, and what sidecars do.

import { describe, expect, test } from 'vitest';
import type { Addon } from '../../../src/addons/addon.ts';
import type { Task } from '../../../src/task.ts';
import type { AddonCluster } from './addon-cluster.ts';
import { describeDaprCharts } from './dapr-charts.ts';
import { describeDaprSidecars } from './dapr-sidecars.ts';

const namespace = 'dapr-system';

/** `cluster` is asked in a hook, so it may be made by an earlier one. */
export function describeDapr(cluster: () => AddonCluster): void {
  describe('Dapr', () => {
    const task: Task = { signal: new AbortController().signal, report: () => {} };
    const addon = (): Addon => cluster().addon('dapr');

    const probes = async (): Promise<string[]> => {
      const { api } = cluster();
      const labelSelector = 'app.kubernetes.io/name=slipway-dapr-probe';
      const kinds = [
        { apiVersion: 'batch/v1', kind: 'Job' },
        { apiVersion: 'v1', kind: 'Pod' },
      ];
      const found = kinds.map((kind) => api.list({ ...kind, namespace, labelSelector }, task.signal));
      return (await Promise.all(found)).flat().map(({ kind }) => kind);
    };

    test('is proven, and the proof leaves nothing', async () => {
      await addon().verify({ api: cluster().api, ports: [] }, task);
      expect(await probes()).toEqual([]);
    });

    test('leaves nothing of a proof that is stopped while the sidecar starts', async () => {
      const stop = new AbortController();
      const report: Task['report'] = ({ text }) => {
        if (text === 'starting a sidecar') stop.abort();
      };
      const verification = addon().verify({ api: cluster().api, ports: [] }, { signal: stop.signal, report });
      await expect(verification).rejects.toMatchObject({ code: 'interrupted' });
      expect(await probes()).toEqual([]);
    });

    test('runs as nobody, with a root file system that nobody writes to, one pod of each part', async () => {
      const pods = await cluster().api.list({ apiVersion: 'v1', kind: 'Pod', namespace }, task.signal);
      expect(pods.map(({ metadata }) => metadata.labels?.['app']).sort()).toEqual([
        ...['dapr-operator', 'dapr-placement-server', 'dapr-sentry', 'dapr-sidecar-injector'],
      ]);
      for (const pod of pods) {
        const { containers } = pod['spec'] as { containers: unknown[] };
        expect(containers).toMatchObject([
          {
            securityContext: {
              ...{ runAsNonRoot: true, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
            },
          },
        ]);
      }
    });

    describeDaprCharts(cluster);
    describeDaprSidecars(cluster, addon);
  });
}
