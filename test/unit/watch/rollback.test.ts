import { describe, expect, test } from 'vitest';
import { Failure } from '../../../src/failure.ts';
import type { StoredRelease } from '../../../src/releases/release-store.ts';
import { rollBackAfter } from '../../../src/watch/rollback.ts';
import { FakeClusterApi } from '../../fakes/cluster-api.ts';
import { FakeReleaseStore } from '../../fakes/release-store.ts';
import { helmSecret } from '../../support/helm-secret.ts';

const task = { signal: new AbortController().signal, report: () => undefined };
const release = { name: 'web', namespace: 'todo' };
const failure = new Failure('release', 'deployment web does not get ready');
const pod = (ready: string) => ({
  ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', namespace: 'todo', uid: 'p' } },
  status: { phase: 'Running', conditions: [{ type: 'Ready', status: ready }] },
});

async function withTwoRevisions(): Promise<FakeReleaseStore> {
  const manifest = 'apiVersion: v1\nkind: Pod\nmetadata: {name: web}\n';
  const releases = new FakeReleaseStore({ '/chart': () => manifest });
  const spec = { ...release, chart: '/chart', values: {} };
  for (const version of ['1', '2']) await releases.apply(spec, { labels: { version }, signal: task.signal });
  return releases;
}

describe('going back to the version before', () => {
  test('takes as long as the owner allows a version to take', async () => {
    const api = new FakeClusterApi().add(pod('False'));
    const releases = await withTwoRevisions();
    const request = { api, releases, release, failure, toRevision: 1, tags: [] };
    const late = await rollBackAfter({ ...request, deadlineMs: 0 }, task);
    expect(late.to).toBeUndefined();
    expect(late.failure.details.join()).toContain('did not work either: not ready after 0 s');
    const report = (): void => void api.add(pod('True'));
    const back = await rollBackAfter({ ...request, deadlineMs: 5_000 }, { ...task, report });
    expect(back).toMatchObject({
      failure,
      to: 'revision 1',
      stored: { revision: 4 } satisfies Partial<StoredRelease>,
    });
  });

  test('tells what a hook of it said', async () => {
    const hook =
      'apiVersion: v1\nkind: Pod\nmetadata: {name: back, annotations: {helm.sh/hook: pre-rollback}}';
    const ended = { name: 'main', ready: false, state: { terminated: { exitCode: 1 } } };
    const api = new FakeClusterApi()
      .add(helmSecret({ ...release, revision: 3, status: 'pending-rollback', hooks: [hook] }))
      .add({
        ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'back', namespace: 'todo', uid: 'h' } },
        status: { phase: 'Failed', containerStatuses: [ended] },
      });
    api.setLog('todo', 'back', 'no way back\n');
    const releases = await withTwoRevisions();
    releases.failNext('rollback', 'web', new Failure('release', 'pre-rollback hooks failed'));
    const request = { api, releases, release, failure, toRevision: 1, tags: [], deadlineMs: 1_000 };
    const { failure: told } = await rollBackAfter(request, task);
    expect(told.details).toContain('  no way back');
  });
});
