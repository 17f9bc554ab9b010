// Registers the suite of the charts dapr-configuration and dapr-components: what they render and what they refuse.

import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ReleaseSpec } from '../../../src/releases/release-store.ts';
import type { ClusterObject } from '../../../src/kubernetes/client/cluster-api.ts';
import { parseManifest } from '../../../src/kubernetes/parse-manifest.ts';
import { type AddonCluster, projectFolder } from './addon-cluster.ts';

const namespace = 'it-charts';
const secretKeyRef = { name: 'todo-secrets', key: 'redis-password' };
const pubsub = {
  ...{ type: 'pubsub.redis', version: 'v1', scopes: ['backend'] },
  metadata: { redisHost: 'redis-svc:6379', redisPassword: { secretKeyRef }, maxLenApprox: 1_048_576 },
};
const subscription = { pubsub: 'pubsub', topic: 'task-events', route: '/task-events', scopes: ['backend'] };

export function describeDaprCharts(cluster: () => AddonCluster): void {
  const { signal } = new AbortController();
  const render = async (chart: string, values: Record<string, unknown>): Promise<ClusterObject[]> => {
    const path = join(projectFolder, 'charts', chart);
    const release: ReleaseSpec = { name: chart, namespace, chart: path, values };
    return parseManifest(await cluster().releases.render(release, signal), namespace);
  };
  const refusalOf = async (chart: string, values: Record<string, unknown>): Promise<string> => {
    const error: unknown = await render(chart, values).then(
      () => new Error('it was rendered'),
      (reason: unknown) => reason,
    );
    const { code, message, details } = error as { code?: string; message: string; details?: string[] };
    return [`${code}: ${message}`, ...(details ?? [])].join('\n');
  };

  describe('the chart dapr-components', () => {
    test('gives credentials by reference and numbers as they were written', async () => {
      const [component, declared] = await render('dapr-components', {
        components: { pubsub },
        subscriptions: { tasks: subscription },
      });
      expect(component).toMatchObject({
        kind: 'Component',
        metadata: { name: 'pubsub', namespace },
        spec: {
          ...{ type: 'pubsub.redis', version: 'v1' },
          metadata: [
            { name: 'maxLenApprox', value: '1048576' },
            { name: 'redisHost', value: 'redis-svc:6379' },
            { name: 'redisPassword', secretKeyRef },
          ],
        },
        scopes: ['backend'],
      });
      expect(declared).toMatchObject({
        kind: 'Subscription',
        spec: { pubsubname: 'pubsub', topic: 'task-events', routes: { default: '/task-events' } },
        scopes: ['backend'],
      });
    });

    test('has nothing to say of no components', async () => {
      expect(await render('dapr-components', {})).toEqual([]);
    });

    test.each<[string, object, string]>([
      ['without scopes', { scopes: undefined }, 'component pubsub has no scopes'],
      ['with empty scopes', { scopes: [] }, 'component pubsub has no scopes'],
      ['without version', { version: undefined }, 'component pubsub has no version'],
      ['with an empty version', { version: '' }, 'component pubsub has no version'],
      ['of no known sort', { type: 'queue.redis' }, 'components.pubsub.type:'],
      ['with a scope that is no app id', { scopes: ['*'] }, 'components.pubsub.scopes.0:'],
      [
        'with a password in plain text',
        { metadata: { redisPassword: 'x' } },
        'redisPassword is a credential',
      ],
      ['with a key in plain text', { metadata: { accountKey: 'x' } }, 'accountKey is a credential'],
      [
        'with half a reference',
        { metadata: { a: { secretKeyRef: { name: 'x' } } } },
        'components.pubsub.metadata.a:',
      ],
      ['with a setting that it does not know', { scope: ['backend'] }, 'scope'],
    ])('refuses a component %s', async (_title, change, words) => {
      const refusal = await refusalOf('dapr-components', {
        components: { pubsub: { ...pubsub, ...change } },
      });
      expect(refusal).toMatch(/^chart: /);
      expect(refusal.replaceAll("'", '')).toContain(words);
    });

    test.each<[string, object, string]>([
      ['without scopes', { scopes: [] }, 'subscription tasks has no scopes'],
      ['to a path that is none', { route: 'tasks' }, 'subscriptions.tasks.route:'],
    ])('refuses a subscription %s', async (_title, change, words) => {
      const subscriptions = { tasks: { ...subscription, ...change } };
      expect(await refusalOf('dapr-components', { components: {}, subscriptions })).toContain(words);
    });
  });

  describe('the chart dapr-configuration', () => {
    test('has mTLS on, with certificates of a day', async () => {
      const [configuration] = await render('dapr-configuration', {});
      expect(configuration).toMatchObject({
        ...{ apiVersion: 'dapr.io/v1alpha1', kind: 'Configuration' },
        metadata: { name: 'dapr-config', namespace },
        spec: { mtls: { enabled: true, workloadCertTTL: '24h', allowedClockSkew: '15m' } },
      });
    });

    test.each<[string, object, string]>([
      ['mTLS off', { enabled: false }, 'mtls.enabled must be true'],
      ['a lifetime that is none', { workloadCertTTL: 'a day' }, 'mtls.workloadCertTTL:'],
    ])('refuses %s', async (_title, mtls, words) => {
      expect(await refusalOf('dapr-configuration', { mtls })).toContain(words);
    });
  });
}
