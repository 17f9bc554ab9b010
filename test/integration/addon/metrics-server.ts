// Registers the suite of metrics-server on a real cluster.

import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Addon } from '../../../scripts/addon/addon.ts';
import { metricsServerArtifacts } from '../../../scripts/addon/metrics-server-artifacts.ts';
import { metricsServerAddon } from '../../../scripts/addon/metrics-server.ts';
import type { Task } from '../../../scripts/task.ts';
import { TOOLS_TIMEOUT_MS } from '../../support/real-cluster.ts';
import { type AddonCluster, installAddon, projectFolder, uninstallAddon } from './addon-cluster.ts';
import { nodeKubectl } from './node-kubectl.ts';

/** `cluster` is asked in a hook, so it may be made by an earlier one. */
export function describeMetricsServer(cluster: () => AddonCluster): void {
  describe('metrics-server', () => {
    const task: Task = { signal: new AbortController().signal, report: () => {} };
    let addon: Addon;

    beforeAll(async () => {
      const { mode, workshop } = cluster();
      const dockerfileFolder = join(projectFolder, 'dockerfiles/metrics-server');
      addon = metricsServerAddon({
        mode,
        artifacts: mode === 'packages' ? await metricsServerArtifacts(workshop, dockerfileFolder) : [],
        chartFolder: join(projectFolder, 'charts/addons/metrics-server'),
      });
      await installAddon(cluster(), addon, task);
    }, TOOLS_TIMEOUT_MS);

    afterAll(async () => {
      // What a failed test left installed would be in the way of other suites.
      await cluster().releases.uninstall(addon.release, task.signal);
    });

    const top = (...args: string[]): Promise<string> =>
      nodeKubectl(cluster(), ['top', ...args, '--no-headers'], task.signal);

    test('is ready only when its API is available', async () => {
      const name = 'v1beta1.metrics.k8s.io';
      const service = await cluster().api.get(
        { apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', name },
        task.signal,
      );
      expect(service?.['status']).toMatchObject({ conditions: [{ type: 'Available', status: 'True' }] });
    });

    test('is proven, and kubectl top answers for every node and for its pod', async () => {
      const { api, nodes } = cluster();
      await addon.prove({ api, ports: [] }, task);
      const figures = /^(\S+) +\d+m +(?:\d+% +)?\d+Mi/;
      const rows = (await top('nodes')).trim().split('\n');
      expect(rows.map((row) => figures.exec(row)?.[1])).toEqual([...nodes]);
      const [pod] = (await top('pods', '--namespace=metrics-server')).trim().split('\n');
      expect(figures.exec(pod!)?.[1]).toMatch(/^metrics-server-/);
    });

    test('goes with all that it brought, and namespaces can still be removed', async () => {
      const { api } = cluster();
      await uninstallAddon(cluster(), addon, task);
      // A namespace stays Terminating for as long as an API group does not answer.
      const namespace = { apiVersion: 'v1', kind: 'Namespace', name: addon.release.namespace };
      await api.delete(namespace, task.signal);
      await expect
        .poll(() => api.get(namespace, task.signal), { timeout: 30_000, interval: 500 })
        .toBeUndefined();
    });
  });
}
