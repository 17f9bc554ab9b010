// Registers the suites of what `up` and `down` do with addons: installed together, left alone when right, upgraded when
// not, healed, and taken away after what lives by them.

import { beforeAll, describe, expect, test } from 'vitest';
import type { RunEvent } from '../../../src/run/events.ts';
import { type SlipwayRun, startedSteps } from '../../support/run-slipway.ts';
import { until } from '../../support/until.ts';
import type { AddonCluster } from './addon-cluster.ts';

const { signal } = new AbortController();
const definition = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' };
const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'dapr-system' };
const webhook = { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingWebhookConfiguration' };
const upgraded = { dapr: { dapr_sentry: { logLevel: 'warn' } } };

type Started = Extract<RunEvent, { type: 'run-started' }>;

function plannedSteps(run: SlipwayRun): Started['steps'] {
  return run.events.find((event): event is Started => event.type === 'run-started')!.steps;
}

/** Charts are held to the rules before anything is installed: that step goes with each of these. */
function startedAddons(run: SlipwayRun): string[] {
  return startedSteps(run).filter((id) => id !== 'policy:charts');
}

function stepsDone(run: SlipwayRun): string[] {
  return run.events.flatMap((event) => (event.type === 'step-done' ? [event.id] : []));
}

/** `cluster` is asked in a test, so it may be made by an earlier hook. */
export function describeAddonLife(cluster: () => AddonCluster): void {
  describe('up', () => {
    const secretData = async (name: string, namespace: string, key: string): Promise<unknown> => {
      const found = await cluster().api.get({ apiVersion: 'v1', kind: 'Secret', name, namespace }, signal);
      return (found?.['data'] as Record<string, string> | undefined)?.[key];
    };

    test('installs addons side by side: none waits for another', () => {
      const addons = plannedSteps(cluster().firstUp).filter(({ group }) => group === 'addon');
      expect(addons.map(({ action }) => action)).toEqual(['do', 'do', 'do', 'do']);
      expect(addons.flatMap(({ needs }) => needs).filter((need) => need.startsWith('addon:'))).toEqual([]);
    });

    test('leaves addons alone that are as they should be', async () => {
      const run = await cluster().up();
      expect(startedSteps(run)).toEqual([]);
      const addons = plannedSteps(run).filter(({ group }) => group === 'addon');
      expect(addons.map(({ id, reason }) => `${id}: ${reason}`).sort()).toEqual([
        'addon:cert-manager: unchanged and ready',
        'addon:dapr: unchanged and ready',
        'addon:ingress-nginx: unchanged and ready',
        'addon:metrics-server: unchanged and ready',
      ]);
    });

    test('upgrades the addon whose values changed, which keeps its authority, and no other', async () => {
      const root = await secretData('dapr-trust-bundle', 'dapr-system', 'ca.crt');
      expect(root).toEqual(expect.any(String));
      const run = await cluster().up(upgraded);
      expect(startedAddons(run)).toEqual(['addon:dapr']);
      const sentry = await cluster().api.get({ ...deployment, name: 'dapr-sentry' }, signal);
      expect(JSON.stringify(sentry?.['spec'])).toContain('"--log-level","warn"');
      expect(await secretData('dapr-trust-bundle', 'dapr-system', 'ca.crt')).toBe(root);
    });

    test('puts back what was deleted by hand: a workload, a webhook, a definition', async () => {
      const { api, up } = cluster();
      const deleted = [
        { ...deployment, name: 'dapr-sidecar-injector' },
        { ...webhook, name: 'cert-manager-webhook' },
        { ...definition, name: 'httpendpoints.dapr.io' },
      ];
      const there = async (): Promise<boolean[]> =>
        Promise.all(deleted.map(async (reference) => (await api.get(reference, signal)) !== undefined));
      for (const reference of deleted) await api.delete(reference, signal);
      await until('they are gone', async () => {
        const left = await there();
        return (
          !left.includes(true) ||
          deleted
            .filter((_, index) => left[index])
            .map(({ name }) => name)
            .join(', ')
        );
      });
      expect(startedAddons(await up(upgraded))).toEqual(['addon:cert-manager', 'addon:dapr']);
      expect(await there()).toEqual([true, true, true]);
      expect(startedSteps(await up(upgraded))).toEqual([]);
    });
  });
}

/** Takes everything away but the cluster. */
export function describeAddonRemoval(cluster: () => AddonCluster): void {
  describe('down with the cluster kept', () => {
    const groups = ['cert-manager.io', 'dapr.io'];
    const definitions = async (): Promise<string[]> =>
      (await cluster().api.list({ ...definition, metadataOnly: true }, signal))
        .map(({ metadata }) => metadata.name)
        .filter((name) => groups.some((group) => name.endsWith(group)));
    let before: string[];
    let done: string[];

    beforeAll(async () => {
      before = await definitions();
      done = stepsDone(await cluster().down());
    });

    test('removes custom resources before the addons that tend them', () => {
      for (const [resources, release] of [
        ['custom-resources:cert-manager', 'release:cert-manager/cert-manager'],
        ['custom-resources:dapr', 'release:dapr-system/dapr'],
      ] as const) {
        expect(done.filter((id) => id === resources || id === release)).toEqual([resources, release]);
      }
    });

    test('leaves no definition of theirs', async () => {
      expect(before).toHaveLength(6 + 5);
      expect(await definitions()).toEqual([]);
    });

    test('leaves no namespace of theirs, nor one that cannot go', async () => {
      const found = await cluster().api.list({ apiVersion: 'v1', kind: 'Namespace' }, signal);
      expect(found.map(({ metadata }) => metadata.name).sort()).toEqual([
        ...['default', 'kube-node-lease', 'kube-public', 'kube-system', 'local-path-storage'],
      ]);
    });
  });
}
