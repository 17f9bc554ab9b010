import { beforeEach, describe, expect, test } from 'vitest';
import { Failure } from '../../../../src/failure.ts';
import type { ClusterObject } from '../../../../src/kubernetes/client/cluster-api.ts';
import { SidecarAudit } from '../../../../src/addons/dapr/sidecar-audit.ts';
import { FakeClock } from '../../../fakes/clock.ts';
import { FakeClusterApi } from '../../../fakes/cluster-api.ts';

function podOf(uid: string, { sidecar = false, owned = true } = {}): ClusterObject {
  const owner = { kind: 'ReplicaSet', name: 'backend-5d4f', uid: 'rs', controller: true };
  return {
    ...{ apiVersion: 'v1', kind: 'Pod' },
    metadata: {
      ...{ name: `backend-${uid}`, namespace: 'todo', uid, annotations: { 'dapr.io/enabled': 'true' } },
      ownerReferences: owned ? [owner] : [],
    },
    spec: { containers: [{ name: 'main' }, ...(sidecar ? [{ name: 'daprd' }] : [])] },
    status: { phase: 'Running' },
  };
}

let api: FakeClusterApi;
let clock: FakeClock;
let notes: string[];
let audit: SidecarAudit;

beforeEach(() => {
  api = new FakeClusterApi();
  clock = new FakeClock();
  notes = [];
  audit = new SidecarAudit({
    ...{ api, clock, signal: new AbortController().signal },
    note: (level, text) => void notes.push(`${level}: ${text}`),
  });
});

/** Looks once a second for so long. */
async function look(seconds: number, ...pods: ClusterObject[]): Promise<void> {
  for (const pod of pods) api.add(pod);
  for (let second = 0; second < seconds; second++) {
    audit.take(api.objects.filter(({ kind }) => kind === 'Pod'));
    await audit.idle();
    await clock.advance(1_000);
  }
}
const deletions = (): string[] => api.calls.filter((call) => call.startsWith('delete'));

describe('SidecarAudit', () => {
  test('restarts a pod without its sidecar, and says so once', async () => {
    await look(15, podOf('1'), podOf('2', { sidecar: true }));
    expect(deletions()).toEqual(['delete Pod todo/backend-1']);
    expect(notes).toEqual([
      expect.stringMatching(
        /^warn: pod todo\/backend-1 asks for a Dapr sidecar and has none.*: it is restarted$/,
      ),
      'info: restarted for their Dapr sidecar: todo/backend-1',
    ]);
  });

  test('leaves a pod alone that somebody else mends in time', async () => {
    await look(8, podOf('1'));
    api.remove({ apiVersion: 'v1', kind: 'Pod', namespace: 'todo', name: 'backend-1' });
    await look(10, podOf('2', { sidecar: true }));
    expect(deletions()).toEqual([]);
    expect(notes).toEqual([]);
  });

  test('gives an injector that is away more and more time', async () => {
    const restartedAt: number[] = [];
    // Each successor of a pod that goes comes up bare, too.
    for (let uid = 1; deletions().length < 4 && uid < 900; uid++) {
      const isThere = api.objects.length > 0;
      await look(1, ...(isThere ? [] : [podOf(String(uid))]));
      if (deletions().length > restartedAt.length) restartedAt.push(clock.nowMs() / 1000 - 1);
    }
    expect(restartedAt).toEqual([10, 40, 160, 760]);
    expect(notes.filter((note) => note.includes('tried again later')).length).toBeGreaterThan(0);
  });

  test('only tells of a pod that nothing would make again', async () => {
    await look(30, podOf('1', { owned: false }));
    expect(deletions()).toEqual([]);
    expect(notes).toEqual([expect.stringContaining('nothing would make it again, so it is left to you')]);
  });

  test('a cluster that refuses does not end it', async () => {
    await look(10, podOf('1'));
    api.failNext(new Failure('cluster', 'forbidden'));
    await look(1);
    expect(notes.at(-1)).toBe('warn: pods without their Dapr sidecar could not be restarted: forbidden');
    await look(60);
    expect(deletions()).toHaveLength(1);
  });
});
