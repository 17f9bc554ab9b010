// Registers the suite of Dapr on a real cluster: what it proves, what it leaves, and what sidecars do.

import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Addon } from '../../../scripts/addon/addon.ts';
import { daprArtifacts } from '../../../scripts/addon/dapr-artifacts.ts';
import { daprAddon } from '../../../scripts/addon/dapr.ts';
import { removeCustomResources, removeDefinitions } from '../../../scripts/steps/remove-custom-resources.ts';
import type { Task } from '../../../scripts/task.ts';
import { TOOLS_TIMEOUT_MS } from '../../support/real-cluster.ts';
import { until } from '../../support/until.ts';
import { type AddonCluster, installAddon, projectFolder } from './addon-cluster.ts';
import { describeDaprCharts } from './dapr-charts.ts';
import { describeDaprSidecars } from './dapr-sidecars.ts';

const namespace = 'dapr-system';
const removal = { groups: ['dapr.io'], deadlineMs: 60_000 };

/** `cluster` is asked in a hook, so it may be made by an earlier one. */
export function describeDapr(cluster: () => AddonCluster): void {
  describe('Dapr', () => {
    const task: Task = { signal: new AbortController().signal, report: () => {} };
    let addon: Addon;
    const make = async (values: Record<string, unknown> = {}): Promise<Addon> => {
      const { mode, workshop } = cluster();
      const dockerfileFolder = join(projectFolder, 'dockerfiles/dapr');
      return daprAddon({
        mode,
        artifacts: mode === 'packages' ? await daprArtifacts(workshop, dockerfileFolder) : [],
        chartFolder: join(projectFolder, 'charts/addons/dapr'),
        values,
      });
    };

    beforeAll(async () => {
      addon = await make();
      await installAddon(cluster(), addon, task);
    }, TOOLS_TIMEOUT_MS);

    afterAll(async () => {
      // What a failed test left installed would be in the way of other suites.
      const { api, releases } = cluster();
      await removeCustomResources({ api, ...removal }, task);
      await releases.uninstall(addon.release, task.signal);
      await removeDefinitions({ api, ...removal }, task);
    });

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

    test('is proven, twice, and the proofs leave nothing', async () => {
      const { api } = cluster();
      await addon.prove({ api, ports: [] }, task);
      expect(await probes()).toEqual([]);
      await addon.prove({ api, ports: [] }, task);
      expect(await probes()).toEqual([]);
    });

    test('leaves nothing of a proof that is stopped while the sidecar starts', async () => {
      const stop = new AbortController();
      const report: Task['report'] = ({ text }) => {
        if (text === 'starting a sidecar') stop.abort();
      };
      const proof = addon.prove({ api: cluster().api, ports: [] }, { signal: stop.signal, report });
      await expect(proof).rejects.toMatchObject({ code: 'interrupted' });
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
    describeDaprSidecars(cluster, () => addon);

    test('keeps its authority when it is upgraded: certificates in use stay good', async () => {
      const { api } = cluster();
      const bundle = { apiVersion: 'v1', kind: 'Secret', name: 'dapr-trust-bundle', namespace };
      const root = async (): Promise<unknown> =>
        ((await api.get(bundle, task.signal))?.['data'] as Record<string, string> | undefined)?.['ca.crt'];
      const before = await root();
      expect(before).toEqual(expect.any(String));
      await installAddon(cluster(), await make({ dapr_sentry: { logLevel: 'warn' } }), task);
      expect(await root()).toBe(before);
      await addon.prove({ api, ports: [] }, task);
    });

    test('goes, and its definitions after it', async () => {
      const { api } = cluster();
      const query = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' };
      const names = async (): Promise<string[]> =>
        (await api.list({ ...query, metadataOnly: true }, task.signal))
          .map(({ metadata }) => metadata.name)
          .filter((name) => name.endsWith('.dapr.io'));
      await removeCustomResources({ api, ...removal }, task);
      await cluster().releases.uninstall(addon.release, task.signal);
      const pods = { apiVersion: 'v1', kind: 'Pod', namespace };
      await until('no pod is left', async () => (await api.list(pods, task.signal)).length === 0);
      // helm leaves what lies in a chart's crds/ folder.
      expect(await names()).toHaveLength(5);
      expect(await removeDefinitions({ api, ...removal }, task)).toBe(5);
      expect(await names()).toEqual([]);
    });
  });
}
