// Registers the suite of metrics-server on a real cluster.

import { describe, expect, test } from 'vitest';
import type { Task } from '../../../src/task.ts';
import type { AddonCluster } from './addon-cluster.ts';
import { nodeKubectl } from './node-kubectl.ts';

/** `cluster` is asked in a hook, so it may be made by an earlier one. */
export function describeMetricsServer(cluster: () => AddonCluster): void {
  describe('metrics-server', () => {
    const task: Task = { signal: new AbortController().signal, report: () => {} };
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
      await cluster().addon('metrics-server').verify({ api, ports: [] }, task);
      const figures = /^(\S+) +\d+m +(?:\d+% +)?\d+Mi/;
      const rows = (await top('nodes')).trim().split('\n');
      expect(rows.map((row) => figures.exec(row)?.[1])).toEqual([...nodes]);
      const [pod] = (await top('pods', '--namespace=metrics-server')).trim().split('\n');
      expect(figures.exec(pod!)?.[1]).toMatch(/^metrics-server-/);
    });
  });
}
