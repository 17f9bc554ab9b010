import { describe, expect, test } from 'vitest';
import type { StoredRelease } from '../../../src/releases/release-store.ts';
import type { ClusterObject } from '../../../src/kubernetes/client/cluster-api.ts';
import { PodReleases } from '../../../src/logs/pod-releases.ts';

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

  test.each([
    ['no YAML', 'a: {b'],
    ['something that is no object', 'hello'],
    ['a document without a name', 'apiVersion: v1\nkind: Pod\nmetadata: {}\n'],
    ['aliases without end', aliasBomb()],
  ])('a release of somebody else with %s is left out, and told of once', async (_, text) => {
    const told: string[] = [];
    const list = async () => [release('strange', text), release('b', manifest('Pod', 'b'))];
    const pods = new PodReleases({ list }, (line) => void told.push(line));
    expect(await pods.of([podOf('b')], signal)).toEqual(new Map([['b', 'b']]));
    await pods.of([podOf('new')], signal);
    expect(told).toEqual([
      expect.stringMatching(/^release todo\/strange cannot be read, and its pods are left out: ./),
    ]);
  });

  test('a release that could not be unpacked is told of with its reason', async () => {
    const told: string[] = [];
    const { manifest: _, ...head } = release('strange', '');
    const list = async () => [{ ...head, unreadable: 'its data is no gzip' }];
    await new PodReleases({ list }, (line) => void told.push(line)).of([podOf('b')], signal);
    expect(told).toEqual([expect.stringContaining('its data is no gzip')]);
  });
});

/** A few lines that stand for millions. */
function aliasBomb(): string {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
  for (let depth = 1; depth < 9; depth++)
    lines.push(`a${depth}: &a${depth} [${`*a${depth - 1}, `.repeat(10)}]`);
  return lines.join('\n');
}
