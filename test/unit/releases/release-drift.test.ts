import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Failure } from '../../../src/failure.ts';
import type { StoredRelease } from '../../../src/releases/release-store.ts';
import type { ClusterObject } from '../../../src/kubernetes/client/cluster-api.ts';
import { planUp } from '../../../src/plan/plan-up.ts';
import { judgeReleases } from '../../../src/up/observe-state.ts';
import { putBack, rememberInStep } from '../../../src/releases/release-drift.ts';
import { FakeClusterApi } from '../../fakes/cluster-api.ts';

const { signal } = new AbortController();

function web(spec: object = {}, generation = 1): ClusterObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'todo', uid: 'u1', generation },
    spec: { replicas: 2, template: { spec: { containers: [{ name: 'main', image: 'web:1' }] } }, ...spec },
    status: { observedGeneration: generation, replicas: 2, updatedReplicas: 2, availableReplicas: 2 },
  };
}

function settings(data: Record<string, string>, resourceVersion = '1'): ClusterObject {
  const metadata = { name: 'settings', namespace: 'todo', uid: 'u2', resourceVersion };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data };
}

function stored(objects: readonly ClusterObject[], revision = 1): StoredRelease {
  const bare = objects.map(({ apiVersion, kind, metadata: { name }, ...rest }) => {
    const fields = Object.fromEntries(Object.entries(rest).filter(([key]) => key !== 'status'));
    return JSON.stringify({ apiVersion, kind, metadata: { name }, ...fields });
  });
  return {
    ...{
      name: 'web',
      namespace: 'todo',
      revision,
      status: 'deployed',
      labels: { 'slipway.dev/owner': 'slipway' },
    },
    manifest: bare.join('\n---\n'),
  };
}

let stateFolder: string;
beforeEach(async () => void (stateFolder = await mkdtemp(join(tmpdir(), 'slipway-drift-'))));
afterEach(() => rm(stateFolder, { recursive: true, force: true }));

/** A server whose dry run gives what it has, with the manifest laid over it. */
class ServerApi extends FakeClusterApi {
  /** What it makes of a manifest beside that. */
  mutate: (object: ClusterObject) => ClusterObject = (object) => object;

  override async apply(object: ClusterObject, options: { dryRun?: boolean; signal: AbortSignal }) {
    return super.apply(options.dryRun === true ? this.mutate(object) : object, options);
  }
}

function cluster(...objects: ClusterObject[]): ServerApi {
  const api = new ServerApi();
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'todo' } };
  for (const object of [namespace, ...objects]) api.add(object);
  return api;
}

async function driftSeen(api: FakeClusterApi, release: StoredRelease): Promise<readonly string[]> {
  const [judged] = await judgeReleases(api, [release], signal, { stateFolder });
  return judged!.drift ?? [];
}

const scaled = 'deployment web: spec.replicas is 0 in the cluster, not 2';
const manifest = [web(), settings({ a: '1', b: '2' })];

describe('what was changed by hand', () => {
  test('is found, and named by plan', async () => {
    const api = cluster(web({ replicas: 0 }, 2), settings({ a: '1' }, '7'));
    const drift = await driftSeen(api, stored(manifest));
    expect(drift).toEqual([scaled, 'configmap settings: data.b is not there']);
  });

  test('is not looked for in a release that helm does not call deployed', async () => {
    const api = cluster(web({ replicas: 0 }, 2));
    expect(await driftSeen(api, { ...stored(manifest), status: 'failed' })).toEqual([]);
  });

  test('is no question for what has not been written to since it was in step', async () => {
    const api = cluster(web(), settings({ a: '1', b: '2' }));
    expect(await driftSeen(api, stored(manifest))).toEqual([]);
    api.calls.length = 0;
    const outlines: StoredRelease = { ...stored(manifest), declared: manifest };
    expect(await driftSeen(api, outlines)).toEqual([]);
    const first = [...api.calls];
    expect(first.filter((call) => /^(get|check|apply)/.test(call))).toEqual([]);

    api.add(web({ replicas: 0 }, 2));
    expect(await driftSeen(api, outlines)).toEqual(['its objects have been written to since']);
    expect(await driftSeen(api, stored(manifest))).toEqual([scaled]);
  });

  test.each(['', '{', '[]', 'null', '{"v":1,"revision":1,"stamps":null,"leftAlone":[]}'])(
    'is looked for where the memory of it is broken: %j',
    async (text) => {
      const api = cluster(web(), settings({ a: '1', b: '2' }));
      await driftSeen(api, stored(manifest));
      const [file] = await readdir(join(stateFolder, 'stamps'));
      await writeFile(join(stateFolder, 'stamps', file!), text);
      api.add(web({ replicas: 0 }, 2));
      expect(await driftSeen(api, stored(manifest))).toEqual([scaled]);
    },
  );

  test('is looked for again where there is no state folder, and none is made', async () => {
    const api = cluster(web(), settings({ a: '1', b: '2' }));
    const absent = join(stateFolder, 'absent');
    await judgeReleases(api, [stored(manifest)], signal, { stateFolder: absent });
    expect(await readdir(stateFolder)).toEqual([]);
  });

  test('is looked for anew in another revision', async () => {
    const api = cluster(web({ replicas: 0 }));
    const zero = web({ replicas: 0 });
    expect(await driftSeen(api, stored([zero]))).toEqual([]);
    expect(await driftSeen(api, stored([web()], 2))).toEqual([scaled]);
  });

  test('is not what an autoscaler does with the number of pods; the rest still is', async () => {
    const scaler = {
      ...{ apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler' },
      metadata: { name: 'web', namespace: 'todo' },
      spec: { scaleTargetRef: { kind: 'Deployment', name: 'web' } },
    };
    const containers = [{ name: 'main', image: 'web:2' }];
    const api = cluster(web({ replicas: 5, template: { spec: { containers } } }, 2), scaler);
    expect(await driftSeen(api, stored([web()]))).toEqual([
      'deployment web: spec.template.spec.containers[main].image is web:2 in the cluster, not web:1',
    ]);
  });

  test('is not what a webhook makes of the manifest', async () => {
    const mirrored = { template: { spec: { containers: [{ name: 'main', image: 'mirror/web:1' }] } } };
    const api = cluster(web(mirrored, 2));
    api.mutate = (object) => ({ ...object, spec: { ...(object['spec'] as object), ...mirrored } });
    expect(await driftSeen(api, stored([web()]))).toEqual([]);
  });

  test('is drift, too, where the server refuses the manifest as an update', async () => {
    const api = cluster(web({ replicas: 0 }, 2));
    api.mutate = () => {
      throw new Failure('cluster', 'invalid');
    };
    expect(await driftSeen(api, stored([web()]))).toEqual([scaled]);
  });
});

describe('putting back', () => {
  const notes: string[] = [];
  beforeEach(() => void (notes.length = 0));
  const note = (text: string): void => void notes.push(text);
  const task = { signal, report: () => undefined };

  test('says what, and leaves to helm what helm can do', async () => {
    const api = cluster(web({ replicas: 0 }, 2));
    const drift = await putBack({ api, stored: stored([web()]), stateFolder, note }, task);
    expect(drift).toHaveLength(1);
    expect(notes).toEqual([`put back: ${scaled}`]);
    expect(api.calls.filter((call) => /^(apply|delete)/.test(call))).toEqual([]);
  });

  test('does by itself what helm leaves: fields that the manifest does not set, and ports of a Service', async () => {
    const service = (port: number, resourceVersion: string): ClusterObject => ({
      ...{ apiVersion: 'v1', kind: 'Service', spec: { ports: [{ port }] } },
      metadata: { name: 'web', namespace: 'todo', uid: 'u3', resourceVersion },
    });
    const tick = (spec: object): ClusterObject => ({
      ...{ apiVersion: 'batch/v1', kind: 'CronJob', spec: { schedule: '* * * * *', ...spec } },
      metadata: { name: 'tick', namespace: 'todo', uid: 'u4', generation: 2 },
    });
    const api = cluster(service(81, '2'), tick({ suspend: true }));
    const release = stored([service(80, '1'), tick({})]);
    await putBack({ api, stored: release, stateFolder, note }, task);
    expect(notes).toEqual([
      'put back: service web: spec.ports[80/TCP] is not there',
      'put back: cronjob tick: spec.suspend is true in the cluster, not false',
    ]);
    expect(api.calls.filter((call) => /^(apply|delete)/.test(call))).toEqual([
      'delete Service todo/web',
      'apply CronJob todo/tick',
    ]);
  });

  test('what shows again after that is told once and left alone until the next revision', async () => {
    const api = cluster(web({ replicas: 0 }, 2));
    const drift = await putBack({ api, stored: stored([web()]), stateFolder, note }, task);
    const second = stored([web()], 2);
    notes.length = 0;
    await rememberInStep({ api, stored: second, stateFolder, note, drift }, task);
    expect(notes).toEqual([`left alone: something in the cluster sets it anew (${scaled})`]);
    api.add(web({ replicas: 0 }, 9));
    expect(await driftSeen(api, second)).toEqual([]);
    const edited = web(
      { replicas: 0, template: { spec: { containers: [{ name: 'main', image: 'x' }] } } },
      10,
    );
    api.add(edited);
    expect(await driftSeen(api, second)).toHaveLength(1);
    expect(await driftSeen(api, stored([web()], 3))).toHaveLength(2);
  });
});

test('plan gives what was changed by hand as the reason, before that it is not ready', () => {
  const release = {
    ...({ group: 'release', name: 'web', namespace: 'todo', fingerprint: 'f' } as const),
    ...{ images: [], needs: [], secrets: [] },
  };
  const desired = {
    cluster: { name: 'c', driver: 'kind' },
    ...{ artifacts: [], images: [], secrets: [], releases: [release], policy: 'off' as const },
    tools: { cluster: [], release: [] },
  };
  const there = {
    ...{ name: 'web', namespace: 'todo', status: 'deployed', fingerprint: 'f', withoutSidecar: [] },
    verdict: { state: 'ready', waitingFor: [] } as const,
  };
  const observed = {
    ...{ artifacts: new Set<string>(), images: new Set<string>(), cluster: 'running' as const },
    ...{
      loaded: new Set<string>(),
      namespaces: new Set(['todo']),
      secrets: new Set<string>(),
      budget: undefined,
    },
  };
  const verdict = (drift: string[] | undefined) =>
    planUp(desired, { ...observed, releases: [{ ...there, drift }] }).find(({ id }) => id === 'release:web');
  expect(verdict([scaled])).toMatchObject({ action: 'do', reason: `changed by hand: ${scaled}` });
  expect(verdict([])).toMatchObject({ action: 'skip' });
  expect(verdict(undefined)).toMatchObject({ action: 'skip' });
});
