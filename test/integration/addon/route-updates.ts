// Registers the suite of quick rollouts: of two updates of a route that come close together, the later one holds.

import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ClusterObject } from '../../../src/kubernetes/client/cluster-api.ts';
import { ensureNamespace } from '../../../src/kubernetes/ensure-namespace.ts';
import { askIngress } from '../../support/ingress-client.ts';
import { until } from '../../support/until.ts';
import type { AddonCluster } from './addon-cluster.ts';

const namespace = 'it-route-updates';
const name = 'pointed';
const host = 'route-updates.test';
const pairs = 15;
/** The controller's own health check answers here; nothing listens one port below. */
const living = 10254;
const dead = 10253;

/** `cluster` is asked in a hook; the ingress controller has to be installed in it. */
export function describeRouteUpdates(cluster: () => AddonCluster): void {
  describe('updates of a route', () => {
    const { signal } = new AbortController();
    let address = '';

    const apply = (object: Record<string, unknown>, labels: Record<string, string> = {}): Promise<unknown> =>
      cluster().api.apply({ ...object, metadata: { name, namespace, labels } } as unknown as ClusterObject, {
        signal,
      });
    const pointAt = (port: number): Promise<unknown> =>
      apply(
        {
          apiVersion: 'discovery.k8s.io/v1',
          kind: 'EndpointSlice',
          addressType: 'IPv4',
          endpoints: [{ addresses: [address], conditions: { ready: true } }],
          ports: [{ name: '', port, protocol: 'TCP' }],
        },
        { 'kubernetes.io/service-name': name },
      );
    const ask = async (): Promise<string> => {
      const { hostPort: port } = cluster().ports.find((mapping) => mapping.name === 'http')!;
      // A worker that ends after a reload may cut a connection: that is no answer, and no lost update.
      return askIngress({ port, host, path: '/healthz', signal }).then(
        ({ status }) => `status ${status}`,
        (error: Error) => error.message,
      );
    };

    beforeAll(async () => {
      const query = { apiVersion: 'v1', kind: 'Pod', namespace: 'ingress-nginx' } as const;
      const [controller] = await cluster().api.list(query, signal);
      address = (controller!['status'] as { podIP: string }).podIP;
      await ensureNamespace({ api: cluster().api, name: namespace, environment: 'todo' }, signal);
      // Without selector: nobody but the test says where it leads.
      await apply({ apiVersion: 'v1', kind: 'Service', spec: { ports: [{ port: 80, targetPort: living }] } });
      const backend = { service: { name, port: { number: 80 } } };
      const rules = [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }];
      await apply({
        apiVersion: 'networking.k8s.io/v1',
        kind: 'Ingress',
        spec: { ingressClassName: 'nginx', rules },
      });
      await pointAt(living);
      await until('the route serves', async () => (await ask()) === 'status 200' || ask());
    });
    afterAll(() => cluster().api.delete({ apiVersion: 'v1', kind: 'Namespace', name: namespace }, signal));

    test(`the later one of two holds, ${pairs} times, however close they are`, async () => {
      const lost: string[] = [];
      for (let pair = 0; pair < pairs; pair++) {
        const apartMs = 150 + pair * 50;
        await pointAt(dead);
        await delay(apartMs);
        await pointAt(living);
        await until('the route serves', async () => (await ask()) === 'status 200' || ask(), 15_000).catch(
          (error: Error) => lost.push(`${apartMs} ms apart: ${error.message}`),
        );
        // Of a route that serves because the dead address has not come through yet.
        await delay(1500);
        await until('it still does', async () => (await ask()) === 'status 200' || ask(), 15_000).catch(
          (error: Error) => lost.push(`${apartMs} ms apart, a while later: ${error.message}`),
        );
      }
      expect(lost).toEqual([]);
    });
  });
}
