import { PassThrough } from 'node:stream';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { followPods } from '../../../src/watch/follow-pods.ts';
import type { RunEvent } from '../../../src/run/events.ts';
import { Failure } from '../../../src/failure.ts';
import type { StoredRelease } from '../../../src/releases/release-store.ts';
import type { ClusterObject } from '../../../src/kubernetes/client/cluster-api.ts';
import type { EnvironmentRun } from '../../../src/up/environment-run.ts';
import { FakeClusterApi } from '../../fakes/cluster-api.ts';

const web = (isReady: boolean): ClusterObject => ({
  ...{ apiVersion: 'v1', kind: 'Pod' },
  metadata: { name: 'web', namespace: 'todo', uid: 'uid', labels: { app: 'web' } },
  spec: { containers: [{ name: 'main' }] },
  status: {
    phase: 'Running',
    conditions: [{ type: 'Ready', status: String(isReady).replace(/^./, (letter) => letter.toUpperCase()) }],
    containerStatuses: ['main', 'daprd'].map((name) => ({
      ...{ name, containerID: name, state: { running: {} } },
    })),
  },
});
const stored: StoredRelease = {
  ...{ name: 'web', namespace: 'todo', revision: 1, status: 'deployed', labels: {} },
  manifest: 'apiVersion: v1\nkind: Pod\nmetadata: {name: web}\n',
};
const forwards = { page: { service: 'web', port: 80, localPort: 25_400 } };
const current = {
  environment: { namespace: 'todo', forwards },
  releases: new Map([['release:web', { namespace: 'todo' }]]),
  addons: new Map(),
} as unknown as EnvironmentRun;

let folder: string;
let api: FakeClusterApi;
let events: RunEvent[];
let stop: AbortController;
let following: Promise<void>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-pods-'));
  const cluster = { name: 'c', cluster: { server: 'http://127.0.0.1:1' } };
  const context = { name: 'c', context: { cluster: 'c' } };
  const kubeconfig = { clusters: [cluster], contexts: [context], 'current-context': 'c' };
  await writeFile(join(folder, 'kubeconfig'), JSON.stringify(kubeconfig));
  events = [];
  stop = new AbortController();
  api = new FakeClusterApi().add(web(true)).add({
    ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'todo' } },
    spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
  });
  api.setLog('todo', 'web', '2026-01-01T00:00:01.000000000Z hello\n');
  const releases = { list: async () => [stored] };
  const place = { connect: async () => api, releases, kubeconfigFile: join(folder, 'kubeconfig') };
  following = followPods(
    {
      context: { emit: (event) => void events.push(event), output: new PassThrough() },
      session: { place } as unknown as Parameters<typeof followPods>[0]['session'],
      ...{ current: () => current, isBusy: () => false },
      ...{ isWanted: ({ container }) => container === 'main', sinceTime: '2026-01-01T00:00:00Z' },
    },
    stop.signal,
  );
});
afterEach(async () => {
  stop.abort();
  await following;
  await rm(folder, { recursive: true });
});

describe('followPods', () => {
  test('tells logs, where forwards lead, and which pods get into trouble; ends when it is stopped', async () => {
    await vi.waitFor(() =>
      expect(events).toEqual([
        expect.objectContaining({ type: 'forward-state', name: 'page', state: 'ready', pod: 'web' }),
        { type: 'service-log', service: 'web', pod: 'web', container: 'main', line: 'hello' },
      ]),
    );
    api.add(web(false));
    const trouble = { ready: 0, total: 1, trouble: 'web is not ready' };
    await vi.waitFor(
      () =>
        expect(events.slice(2)).toEqual([
          expect.objectContaining({ type: 'forward-state', state: 'waiting' }),
          expect.objectContaining({ type: 'service-health', service: 'web', ...trouble }),
        ]),
      { timeout: 8_000 },
    );
  });

  test('says when its looks are lost, for which reason, and when they are back', async () => {
    const notes = (): string[] => events.flatMap((event) => (event.type === 'note' ? [event.text] : []));
    const reason = 'connection refused';
    for (let look = 0; look < 2; look++) api.failNext(new Failure('cluster', reason));
    await vi.waitFor(
      () =>
        expect(notes()).toEqual([
          `logs, forwards and states of pods stand still: ${reason}`,
          'logs, forwards and states of pods go on',
        ]),
      { timeout: 8_000 },
    );
  });
});
