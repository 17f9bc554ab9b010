import { describe, expect, test } from 'vitest';
import type { StoredRelease } from '../../../scripts/helm/release-store.ts';
import type { ClusterObject } from '../../../scripts/kubernetes/cluster-api.ts';
import { PodReleases } from '../../../scripts/logs/pod-releases.ts';

const { signal } = new AbortController();
const manifest = (kind: string, name: string): string =>
  `apiVersion: apps/v1\nkind: ${kind}\nmetadata: {name: ${name}}\n`;
const release = (name: string, text: string): StoredRelease => ({
  ...{ name, namespace: 'todo', revision: 1, status: 'deployed', labels: {}, manifest: text },
});

function podOf(name: string, kind?: string, owner = '', hash?: string): ClusterObject {
  const ownerReferences = kind === undefined ? [] : [{ kind, name: owner, uid: 'x', controller: true }];
  const labels = hash === undefined ? {} : { 'pod-template-hash': hash };
  return {
    ...{ apiVersion: 'v1', kind: 'Pod' },
    metadata: { name, namespace: 'todo', uid: name, labels, ownerReferences },
  };
}

describe('PodReleases', () => {
  test('finds the release of a pod by the workload that made it', async () => {
    const list = async () => [
      release('backend', manifest('Deployment', 'backend-app')),
      release('postgres', manifest('StatefulSet', 'postgres')),
      release('tools', manifest('Pod', 'shell')),
    ];
    const pods = [
      podOf('p1', 'ReplicaSet', 'backend-app-5d4f', '5d4f'),
      podOf('p2', 'StatefulSet', 'postgres'),
      podOf('shell'),
      podOf('p3', 'ReplicaSet', 'somebody-5d4f', '5d4f'),
    ];
    expect(await new PodReleases({ list }).of(pods, signal)).toEqual(
      new Map([
        ['p1', 'backend'],
        ['p2', 'postgres'],
        ['shell', 'tools'],
      ]),
    );
  });

  test('knows the pods of hooks', async () => {
    const hook =
      'apiVersion: batch/v1\nkind: Job\nmetadata: {name: migrate, annotations: {helm.sh/hook: pre-upgrade}}\n';
    const list = async () => [{ ...release('backend', ''), hooks: [hook, '{ not yaml'] }];
    const pods = [podOf('m', 'Job', 'migrate')];
    expect(await new PodReleases({ list }).of(pods, signal)).toEqual(new Map([['m', 'backend']]));
  });

  test('asks helm again only about workloads that it does not know', async () => {
    let asked = 0;
    const list = async () => {
      asked += 1;
      return [
        release('a', manifest('StatefulSet', 'a')),
        ...(asked > 1 ? [release('b', manifest('Pod', 'b'))] : []),
      ];
    };
    const pods = new PodReleases({ list });
    await pods.of([podOf('a-0', 'StatefulSet', 'a')], signal);
    await pods.of([podOf('a-1', 'StatefulSet', 'a')], signal);
    expect(asked).toBe(1);
    expect(await pods.of([podOf('b')], signal)).toEqual(new Map([['b', 'b']]));
    await pods.of([podOf('stranger')], signal);
    await pods.of([podOf('stranger')], signal);
    expect(asked).toBe(3);
  });
});
