import { describe, expect, test } from 'vitest';
import { type DaprClaims, proveDapr } from '../../../../src/addons/dapr/verify-dapr.ts';
import { Failure } from '../../../../src/failure.ts';
import type {
  ClusterObject,
  ListQuery,
  ObjectReference,
} from '../../../../src/kubernetes/client/cluster-api.ts';
import { FakeClusterApi } from '../../../fakes/cluster-api.ts';
import { failureOf } from '../../../support/failure-of.ts';

const job = { apiVersion: 'batch/v1', kind: 'Job', name: 'slipway-dapr-probe', namespace: 'dapr-system' };
const pod = { apiVersion: 'v1', kind: 'Pod', name: 'slipway-dapr-probe-x', namespace: 'dapr-system' };

interface JobSpec {
  readonly template: {
    readonly metadata: Partial<ClusterObject['metadata']>;
    readonly spec: { readonly containers: readonly object[] };
  };
}

/** The API with Dapr's injector, the controller of jobs and kubelet behind it. */
class ProbeApi extends FakeClusterApi {
  /** How the pods come that are made; the last one goes on. */
  comings: ('injected' | 'bare' | 'not at all')[] = ['injected'];
  /** Status of the sidecar, by look; the last one goes on. */
  sidecars: object[] = [{ ready: true, state: { running: {} } }];
  onApplied: () => void = () => {};

  constructor() {
    super();
    this.add({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'dapr-system' } });
  }

  override async apply(
    object: ClusterObject,
    options: { dryRun?: boolean; signal: AbortSignal },
  ): Promise<ClusterObject> {
    const applied = await super.apply(object, options);
    const how = this.comings.length > 1 ? this.comings.shift() : this.comings[0];
    const { metadata, spec } = (object['spec'] as JobSpec).template;
    const containers = how === 'bare' ? spec.containers : [...spec.containers, { name: 'daprd' }];
    const { apiVersion, kind, ...named } = pod;
    if (how !== 'not at all') {
      this.add({ apiVersion, kind, metadata: { ...metadata, ...named }, spec: { ...spec, containers } });
    }
    this.onApplied();
    return applied;
  }

  override async delete(reference: ObjectReference, signal: AbortSignal): Promise<boolean> {
    if (this.objects.some(({ kind }) => kind === 'Pod')) this.remove(pod);
    return super.delete(reference, signal);
  }

  override async list(query: ListQuery, signal: AbortSignal): Promise<ClusterObject[]> {
    const found = await super.list(query, signal);
    const next = (): object => (this.sidecars.length > 1 ? this.sidecars.shift()! : this.sidecars[0]!);
    return found.map((object) => ({
      ...object,
      status: { phase: 'Running', containerStatuses: [{ name: 'daprd', ...next() }] },
    }));
  }

  /** What is there beside the namespace. */
  get left(): string[] {
    return this.objects.map(({ kind }) => kind).filter((kind) => kind !== 'Namespace');
  }

  /** The calls that change something, without what they change. */
  get changes(): string[] {
    return this.calls.map((call) => call.split(' ')[0]!).filter((verb) => /apply|delete/.test(verb));
  }
}

const claims: DaprClaims = {
  namespace: 'dapr-system',
  sidecarImage: 'slipway.local/dapr:sha-0',
  pullPolicy: 'Never',
  deadlineMs: 10_000,
  intervalMs: 1,
};
const soon = { ...claims, deadlineMs: 1 };
const task = { signal: new AbortController().signal, report: () => {} };

describe('proveDapr', () => {
  test('is content with a sidecar that is ready, and takes its probe away', async () => {
    const api = new ProbeApi();
    await proveDapr(claims, api, task);
    expect(api.changes).toEqual(['delete', 'apply', 'delete']);
    expect(api.left).toEqual([]);
  });

  test('asks by a pod that a controller makes, as the injector wants it', async () => {
    const api = new ProbeApi();
    let probe: ClusterObject | undefined;
    api.onApplied = () => (probe = api.objects.find(({ kind }) => kind === 'Job'));
    await proveDapr(claims, api, task);
    expect(probe?.['spec']).toMatchObject({
      template: {
        metadata: { annotations: { 'dapr.io/enabled': 'true' } },
        spec: { containers: [{ image: claims.sidecarImage, imagePullPolicy: 'Never' }] },
      },
    });
  });

  test('makes another pod as long as they come without a sidecar', async () => {
    const api = new ProbeApi();
    api.comings = ['bare', 'bare', 'injected'];
    await proveDapr(claims, api, task);
    expect(api.changes.filter((verb) => verb === 'apply')).toHaveLength(3);
    expect(api.left).toEqual([]);
  });

  test('makes another pod when its sidecar has ended: sentry was being replaced', async () => {
    const api = new ProbeApi();
    // The first look is for the sidecar's being there.
    api.sidecars = [{}, { state: { terminated: { exitCode: 0 } } }, { ready: true }];
    await proveDapr(claims, api, task);
    expect(api.changes).toEqual(['delete', 'apply', 'delete', 'apply', 'delete']);
    expect(api.left).toEqual([]);
  });

  test('waits until the sidecar is ready', async () => {
    const api = new ProbeApi();
    const waiting = { state: { waiting: { reason: 'ContainerCreating' } } };
    api.sidecars = [waiting, waiting, { state: { running: {} } }, { ready: true }];
    const texts: string[] = [];
    await proveDapr(claims, api, { ...task, report: ({ text }) => texts.push(text) });
    expect(texts).toContain('waiting: it waits (ContainerCreating)');
    expect(texts).toContain('waiting: it runs and does not answer as ready');
  });

  test('starts anew when a run that was killed has left its probe', async () => {
    const api = new ProbeApi();
    const { apiVersion, kind, ...named } = job;
    api.add({ apiVersion, kind, metadata: { ...named, uid: 'uid-of-old' } });
    api.linger(job, 2);
    await proveDapr(claims, api, task);
    expect(api.left).toEqual([]);
  });

  test.each([
    ['bare', 'the pod came up without one'],
    ['not at all', 'no pod is made for the job'],
  ] as const)('tells that pods come %s, and leaves nothing', async (how, words) => {
    const api = new ProbeApi();
    api.comings = [how];
    const failure = await failureOf(proveDapr(soon, api, task));
    expect([failure.code, failure.message]).toEqual(['addon', expect.stringContaining(words)]);
    expect(failure.hint).toContain('dapr-sidecar-injector');
    expect(api.left).toEqual([]);
  });

  test.each([
    [{ state: { terminated: { exitCode: 1 } }, restartCount: 3 }, 'exit code 1, restarted 3 times'],
    [{ state: { waiting: { reason: 'ErrImageNeverPull', message: 'not there' } } }, 'ErrImageNeverPull: not'],
    [{ state: { running: {} } }, 'it runs and does not answer as ready'],
    [{}, 'it waits (for its node)'],
  ])('tells the state %j of a sidecar that does not start, and its log', async (state, words) => {
    const api = new ProbeApi();
    api.sidecars = [state];
    api.setLog('dapr-system', pod.name, 'level=info\nlevel=fatal msg="no sentry"\n');
    const failure = await failureOf(proveDapr(soon, api, task));
    expect(failure.message).toContain(words);
    expect(failure.details).toEqual(['level=info', 'level=fatal msg="no sentry"']);
    expect(api.left).toEqual([]);
  });

  test('says how to raise the limit of the machine that a sidecar has run into', async () => {
    const api = new ProbeApi();
    api.sidecars = [{ state: { terminated: { exitCode: 1 } } }];
    api.setLog('dapr-system', pod.name, 'level=fatal msg="too many open files"\n');
    expect((await failureOf(proveDapr(soon, api, task))).hint).toContain('fs.inotify.max_user_instances');
  });

  test('takes its probe away when the run is stopped', async () => {
    const api = new ProbeApi();
    const stop = new AbortController();
    api.onApplied = () => stop.abort();
    const failure = await failureOf(proveDapr(claims, api, { ...task, signal: stop.signal }));
    expect(failure.code).toBe('interrupted');
    expect(api.left).toEqual([]);
  });

  test('takes its probe away when the answer to making it is lost', async () => {
    const api = new ProbeApi();
    api.onApplied = () => {
      throw new Failure('cluster', 'no answer');
    };
    expect((await failureOf(proveDapr(claims, api, task))).message).toBe('no answer');
    expect(api.left).toEqual([]);
  });
});
