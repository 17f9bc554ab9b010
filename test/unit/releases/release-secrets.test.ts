import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { readLatestReleases, readRevisions, revisionQuery } from '../../../src/releases/release-secrets.ts';
import type { ClusterObject } from '../../../src/kubernetes/client/cluster-api.ts';

function secret(version: number, status: string, release?: string, labels = {}): ClusterObject {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: `sh.helm.release.v1.web.v${version}`,
      namespace: 'todo',
      labels: { owner: 'helm', name: 'web', status, version: String(version), createdAt: '1', ...labels },
    },
    data: release === undefined ? {} : { release },
  };
}

function packed(manifest: unknown): string {
  return base64(gzipSync(JSON.stringify({ info: {}, manifest })));
}

/** As helm and the API write it, one around the other. */
function base64(bytes: Buffer): string {
  return Buffer.from(bytes.toString('base64')).toString('base64');
}

describe('releases out of their Secrets', () => {
  test('the latest revision counts, by number and not by text', () => {
    const secrets = [
      secret(9, 'superseded'),
      secret(10, 'deployed', packed('kind: Pod\n')),
      secret(2, 'superseded'),
    ];
    expect(readLatestReleases(secrets)).toEqual([
      {
        name: 'web',
        namespace: 'todo',
        revision: 10,
        status: 'deployed',
        labels: {},
        manifest: 'kind: Pod\n',
      },
    ]);
    expect(readRevisions(secrets).map(({ revision }) => revision)).toEqual([10, 9, 2]);
  });

  test('hooks come along, and what is none of them does not', () => {
    const text = JSON.stringify({
      manifest: '',
      hooks: [{ manifest: 'kind: Job\n' }, null, { manifest: 3 }, 'x'],
    });
    const data = Buffer.from(gzipSync(text).toString('base64')).toString('base64');
    expect(readLatestReleases([secret(1, 'pending-install', data)])[0]).toMatchObject({
      hooks: ['kind: Job\n'],
    });
  });

  test('only the labels that are not helm’s own are given', () => {
    const [release] = readRevisions([secret(1, 'deployed', undefined, { 'slipway.dev/owner': 'slipway' })]);
    expect(release?.labels).toEqual({ 'slipway.dev/owner': 'slipway' });
  });

  test('the same name in two namespaces is two releases', () => {
    const other = secret(3, 'deployed');
    other.metadata.namespace = 'other';
    expect(readLatestReleases([secret(1, 'deployed'), other])).toHaveLength(2);
  });

  test.each([
    ['no data', {}, 'its Secret holds no release'],
    ['no base64', { release: '***' }, 'its data is no gzip'],
    ['no gzip', { release: Buffer.from('aGVsbG8=').toString('base64') }, 'its data is no gzip'],
    ['no JSON', { release: base64(gzipSync('apiVersion: v1')) }, 'it holds no JSON'],
    ['no text', { release: packed(7) }, 'it holds no manifest'],
    ['half of it', { release: packed('kind: Pod').slice(0, -12) }, 'its data is no gzip'],
    ['no status', { release: base64(Buffer.from('{"info":null}')) }, 'it holds no status'],
    [
      'absurd size',
      { release: base64(gzipSync(Buffer.alloc(65 * 1024 * 1024))) },
      'it unpacks to more than 67108864 bytes',
    ],
  ])('a release with %s in it is listed with the reason why it cannot be read', (_, data, unreadable) => {
    const [release] = readLatestReleases([{ ...secret(1, 'deployed'), data }]);
    const head = { name: 'web', namespace: 'todo', revision: 1, status: 'deployed', labels: {} };
    expect(release).toEqual({ ...head, unreadable });
  });

  test('a release of which only metadata was asked for is not unreadable', () => {
    const { data: _, ...head } = secret(1, 'deployed') as ClusterObject & { data: object };
    expect(readLatestReleases([head])[0]).not.toHaveProperty('unreadable');
  });

  test('an unknown status is unknown; what was uninstalled or has no revision is no release', () => {
    expect(readRevisions([secret(1, 'odd')])[0]?.status).toBe('unknown');
    expect(readRevisions([secret(1, 'uninstalled'), secret(Number.NaN, 'deployed')])).toEqual([]);
  });

  test('one release is asked for by its labels and without the bodies', () => {
    expect(revisionQuery({ name: 'web', namespace: 'todo' })).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      namespace: 'todo',
      labelSelector: 'owner=helm,name=web',
      metadataOnly: true,
    });
  });
});
