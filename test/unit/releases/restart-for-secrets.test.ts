import { beforeEach, describe, expect, test } from 'vitest';
import type { ClusterObject } from '../../../src/kubernetes/client/cluster-api.ts';
import { restartRelease } from '../../../src/kubernetes/restart-release.ts';
import { liveWorkloads, restartForSecrets } from '../../../src/releases/restart-for-secrets.ts';
import { FakeClusterApi } from '../../fakes/cluster-api.ts';

const task = { signal: new AbortController().signal, report: () => undefined };
const container = (image: string) => ({
  containers: [{ name: 'main', image, envFrom: [{ secretRef: { name: 'db' } }] }],
});
const workload = (kind: string, name: string, spec: object = container('a:1')): ClusterObject => ({
  ...{ apiVersion: 'apps/v1', kind, metadata: { name, namespace: 'shop', uid: `uid-${name}` } },
  spec: { replicas: 2, template: { metadata: { labels: { app: name } }, spec } },
});
const manifest = [
  workload('Deployment', 'web'),
  workload('StatefulSet', 'queue'),
  workload('Deployment', 'plain', { containers: [{ name: 'main' }] }),
];
let api: FakeClusterApi;
let notes: string[];
beforeEach(() => {
  api = new FakeClusterApi().add({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  for (const object of manifest) api.add(object);
  notes = [];
  setVersion('v1');
});

function setVersion(version: string): void {
  api.add({
    ...{ apiVersion: 'v1', kind: 'Secret', data: { password: 'eA==' } },
    metadata: {
      ...{ name: 'db', namespace: 'shop', labels: { 'slipway.dev/owner': 'slipway' } },
      annotations: { 'slipway.dev/version': version },
    },
  });
}
const restart = (before?: readonly ClusterObject[]) =>
  restartForSecrets({ api, manifest, listed: [], before, note: (text) => void notes.push(text) }, task);
/** What makes pods anew. */
const templates = (): string[] =>
  api.objects
    .filter(({ apiVersion }) => apiVersion === 'apps/v1')
    .map(({ spec }) => JSON.stringify((spec as { template: unknown }).template));

describe('pods that use a Secret', () => {
  test('are not restarted after an install: they have started with it; the version is recorded', async () => {
    const before = templates();
    await restart([]);
    expect(templates()).toEqual(before);
    const records = api.objects.map(({ metadata }) => metadata.annotations?.['slipway.dev/secrets']);
    expect(records.filter(Boolean)).toEqual(['shop/db@v1', 'shop/db@v1']);
    expect(notes).toEqual([]);
  });

  test('are restarted exactly once when it has changed, and no others', async () => {
    await restart([]);
    setVersion('v2');
    const [web, queue, plain] = templates();
    await restart();
    const after = templates();
    expect(after[0]).not.toBe(web);
    expect(after[1]).not.toBe(queue);
    expect(after[2]).toBe(plain);
    expect(notes).toEqual([
      'restarted: Deployment web ran with an earlier secret shop/db',
      'restarted: StatefulSet queue ran with an earlier secret shop/db',
    ]);
    await restart();
    await restart([...manifest]);
    expect(templates()).toEqual(after);
    expect(notes).toHaveLength(2);
  });

  test('go on with those that are left when the restart was broken off', async () => {
    await restart([]);
    setVersion('v2');
    const apply = api.apply.bind(api);
    let left = 1;
    api.apply = async (...args) => {
      if (left-- === 0) throw new Error('broken off');
      return apply(...args);
    };
    await expect(restart()).rejects.toThrow('broken off');
    const half = templates();
    api.apply = apply;
    await restart();
    expect(templates()[0]).toBe(half[0]);
    expect(templates()[1]).not.toBe(half[1]);
  });

  test('that helm has made anew in the same run are not restarted again', async () => {
    await restart([]);
    setVersion('v2');
    const before = await liveWorkloads(api, manifest, task.signal);
    const container2 = container('a:2');
    api.edit({ ...workload('Deployment', 'web'), spec: { template: { spec: container2 } } });
    const [web, queue] = templates();
    await restart(before);
    expect(templates()[0]).toBe(web);
    expect(templates()[1]).not.toBe(queue);
    expect(notes).toHaveLength(1);
  });

  test('keep all else: replicas, labels, and what other restarts have put there', async () => {
    await restart([]);
    setVersion('v2');
    await restart();
    setVersion('v3');
    await restart();
    const web = api.objects.find(({ metadata }) => metadata.name === 'web');
    expect(web).toMatchObject({
      metadata: { annotations: { 'slipway.dev/secrets': 'shop/db@v3' } },
      spec: {
        replicas: 2,
        template: {
          metadata: { labels: { app: 'web' }, annotations: { 'slipway.dev/secrets': 'shop/db@v3' } },
          spec: container('a:1'),
        },
      },
    });
  });

  test('a restart that was asked for does not lose the record, which would be another restart', async () => {
    await restart([]);
    const text = JSON.stringify(workload('Deployment', 'plain'));
    const stored = {
      name: 'shop',
      namespace: 'shop',
      revision: 1,
      status: 'deployed' as const,
      labels: {},
      manifest: text,
    };
    const web = { ...stored, manifest: JSON.stringify(workload('Deployment', 'web')) };
    const stop = new AbortController();
    const reporting = { signal: stop.signal, report: () => stop.abort() };
    await restartRelease({ api, stored: web, at: '2026-01-01T00:00:00Z', deadlineMs: 50 }, reporting).catch(
      () => undefined,
    );
    const before = templates();
    await restart();
    expect(templates()).toEqual(before);
    expect(notes).toEqual([]);
  });
});
