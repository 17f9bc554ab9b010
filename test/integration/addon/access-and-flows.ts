// Registers the suite of the charts access and network-policies: what they render, refuse and put into a cluster.

import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { ReleaseSpec } from '../../../src/releases/release-store.ts';
import type { ClusterObject } from '../../../src/kubernetes/client/cluster-api.ts';
import { ensureNamespace } from '../../../src/kubernetes/ensure-namespace.ts';
import { parseManifest } from '../../../src/kubernetes/parse-manifest.ts';
import type { Task } from '../../../src/task.ts';
import { type AddonCluster, installChart, projectFolder } from './addon-cluster.ts';
import { nodeKubectl } from './node-kubectl.ts';

const namespace = 'it-access';
const task: Task = { signal: new AbortController().signal, report: () => {} };

const releaseOf = (chart: string, values: Readonly<Record<string, unknown>>): ReleaseSpec => ({
  ...{ name: `it-${chart}`, namespace, chart: join(projectFolder, 'charts', chart), values },
});
const readsFlags = { apiGroups: [''], resources: ['configmaps'], resourceNames: ['flags'], verbs: ['get'] };
const access = (rule: object): ReleaseSpec =>
  releaseOf('access', { components: { backend: { reason: 'Reads its flags', rules: [rule] } } });
const flow = {
  ...{ name: 'a-to-b', from: { component: 'a' }, to: { component: 'b' }, ports: [8000] },
  reason: 'The one asks the other',
};
const network = (...flows: object[]): ReleaseSpec => releaseOf('network-policies', { flows });

/** `cluster` is asked in a hook, so it may be made by an earlier one. */
export function describeAccessAndFlows(cluster: () => AddonCluster): void {
  const render = async (release: ReleaseSpec): Promise<ClusterObject[]> =>
    parseManifest(await cluster().releases.render(release, task.signal), namespace);

  describe('the chart access', () => {
    test.each<[string, object, string]>([
      ['every API group', { ...readsFlags, apiGroups: ['*'] }, 'apiGroups'],
      ['every resource', { ...readsFlags, resources: ['*'] }, 'resources'],
      ['every subresource', { ...readsFlags, resources: ['pods/*'] }, 'resources'],
      ['every verb', { ...readsFlags, verbs: ['*'] }, 'verbs'],
      ['bind', { ...readsFlags, verbs: ['get', 'bind'] }, 'verbs'],
      ['escalate', { ...readsFlags, verbs: ['escalate'] }, 'verbs'],
      ['impersonate', { ...readsFlags, verbs: ['impersonate'] }, 'verbs'],
      ['paths outside of namespaces', { ...readsFlags, nonResourceURLs: ['/metrics'] }, 'nonResourceURLs'],
    ])('refuses %s', async (_title, rule, place) => {
      const refusal = cluster().releases.render(access(rule), task.signal);
      await expect(refusal).rejects.toMatchObject({
        code: 'chart',
        details: expect.arrayContaining([expect.stringContaining(place)]) as string[],
      });
    });
  });

  describe('the chart network-policies', () => {
    test('denies first, then lets names be resolved, then allows each flow at both of its ends', async () => {
      const policies = await render(network(flow));
      const names = ['deny-all', 'allow-dns', 'a-to-b-egress', 'a-to-b-ingress'];
      expect(policies.map(({ metadata }) => metadata.name)).toEqual(names);
      expect(policies[0]?.['spec']).toEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
      expect(policies.every(({ metadata }) => metadata.annotations?.['slipway.dev/reason'])).toBe(true);
    });

    const only = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'dapr-system' } } };
    test.each<[string, object, string, object]>([
      [
        'from another namespace',
        { from: { namespace: 'dapr-system' } },
        'a-to-b-ingress',
        { ingress: [{ from: [only] }] },
      ],
      [
        'to some pods of another namespace',
        { to: { namespace: 'dapr-system', labels: { app: 'dapr-sentry' } } },
        'a-to-b-egress',
        { egress: [{ to: [{ ...only, podSelector: { matchLabels: { app: 'dapr-sentry' } } }] }] },
      ],
      [
        'to addresses outside',
        { to: { cidr: '203.0.113.0/24' } },
        'a-to-b-egress',
        { egress: [{ to: [{ ipBlock: { cidr: '203.0.113.0/24' } }], ports: [{ port: 8000 }] }] },
      ],
    ])('gives one policy to a flow %s', async (_title, change, name, spec) => {
      const policies = await render(network({ ...flow, ...change }));
      expect(policies.map(({ metadata }) => metadata.name)).toEqual(['deny-all', 'allow-dns', name]);
      expect(policies[2]).toMatchObject({ spec });
    });

    test.each<[string, object, string]>([
      ['without a reason', { reason: '' }, 'reason'],
      ['without ports', { ports: [] }, 'ports'],
      ['between others', { from: { namespace: 'x' }, to: { namespace: 'y' } }, 'component'],
      ['from anywhere', { from: {} }, 'from'],
    ])('refuses a flow %s', async (_title, change, place) => {
      const refusal = cluster().releases.render(network({ ...flow, ...change }), task.signal);
      await expect(refusal).rejects.toMatchObject({
        code: 'chart',
        details: expect.arrayContaining([expect.stringContaining(place)]) as string[],
      });
    });
  });

  describe('in the cluster', () => {
    beforeAll(async () => {
      await ensureNamespace({ api: cluster().api, name: namespace, environment: 'todo' }, task.signal);
      for (const release of [access(readsFlags), network(flow)]) await installChart(cluster(), release, task);
    });

    test('the account may do what its role says, and no more than anybody otherwise', async () => {
      const list = ['auth', 'can-i', '--list', '--no-headers', '-n', namespace];
      const rightsOf = async (account: string): Promise<string[]> => {
        const who = `--as=system:serviceaccount:${namespace}:${account}`;
        const rows = (await nodeKubectl(cluster(), [...list, who], task.signal)).trim().split('\n');
        return rows.map((row) => row.trim().replaceAll(/ +/g, ' '));
      };
      const anybody = await rightsOf('default');
      const more = (await rightsOf('backend-sa')).filter((right) => !anybody.includes(right));
      expect(more).toEqual(['configmaps [] [flags] [get]']);
    });

    test('no account gives its token to pods that do not ask', async () => {
      const query = { apiVersion: 'v1', kind: 'ServiceAccount', namespace } as const;
      const accounts = await cluster().api.list(query, task.signal);
      const ours = accounts.filter(({ metadata }) => metadata.name !== 'default');
      expect(ours.map((account) => [account.metadata.name, account['automountServiceAccountToken']])).toEqual(
        [['backend-sa', false]],
      );
    });
  });
}
