import { describe, expect, test } from 'vitest';
import type { StoredRelease } from '../../../src/releases/release-store.ts';
import type { ClusterObject } from '../../../src/kubernetes/client/cluster-api.ts';
import { restartRelease } from '../../../src/kubernetes/restart-release.ts';
import { FakeClusterApi } from '../../fakes/cluster-api.ts';
import { deployment, pod, replicaSet } from './readiness/release-samples.ts';

const at = '2026-01-01T00:00:00.000Z';
const stored: StoredRelease = {
  ...{ name: 'backend', namespace: 'todo', revision: 3, status: 'deployed', labels: {} },
  manifest: [
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}',
    'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: backend}',
  ].join('\n---\n'),
};

/** Keeps what was applied, and goes on having what was there. */
class AppliedObjects extends FakeClusterApi {
  readonly applied: ClusterObject[] = [];

  override async apply(object: ClusterObject): Promise<ClusterObject> {
    this.applied.push(object);
    return object;
  }
}

describe('restartRelease', () => {
  test('touches the template of pods of what has one, and nothing else; waits until all is ready', async () => {
    const api = new AppliedObjects();
    const settings = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'settings', namespace: 'todo' },
    };
    for (const object of [settings, deployment(), replicaSet(2), pod()]) api.add(object);
    const task = { signal: new AbortController().signal, report: () => undefined };
    await restartRelease({ api, stored, at, deadlineMs: 5_000 }, task);
    expect(api.applied).toEqual([
      {
        ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'backend', namespace: 'todo' } },
        spec: { template: { metadata: { annotations: { 'slipway.dev/restarted-at': at } } } },
      },
    ]);
    expect(api.calls.some((call) => call.startsWith('list Pod'))).toBe(true);
  });
});
