import { beforeEach, describe, expect, test } from 'vitest';
import { Failure } from '../../../scripts/failure.ts';
import { ApiStatus } from '../../../scripts/kubernetes/api-status.ts';
import { waitForGone } from '../../../scripts/kubernetes/wait-for-gone.ts';
import type { Progress } from '../../../scripts/task.ts';
import { FakeClusterApi } from '../../fakes/cluster-api.ts';

const { signal } = new AbortController();
const namespace = { apiVersion: 'v1', kind: 'Namespace', name: 'todo' };
const secret = { apiVersion: 'v1', kind: 'Secret', name: 's', namespace: 'todo' };

let api: FakeClusterApi;
let reports: Progress[];

beforeEach(() => {
  api = new FakeClusterApi();
  reports = [];
});

const wait = (deadlineMs = 1_000, stop: AbortSignal = signal) =>
  waitForGone(
    { api, references: [namespace, secret], deadlineMs, intervalMs: 1 },
    { signal: stop, report: (progress) => void reports.push(progress) },
  );

describe('waitForGone', () => {
  test('resolves at once when nothing is there', async () => {
    await wait();
    expect(reports).toEqual([]);
  });

  test('resolves when the last one has gone, and tells how far it is', async () => {
    api.add({ ...namespace, metadata: { name: 'todo' } });
    api.linger(namespace, 3);
    await api.delete(namespace, signal);
    await wait();
    expect(reports[0]).toEqual({ text: 'waiting until Namespace todo is gone', done: 1, total: 2 });
  });

  test('names the finalizers and the content that hold an object at the deadline', async () => {
    const conditions = [
      {
        type: 'NamespaceContentRemaining',
        status: 'True',
        message: 'Some resources are remaining: pods. has 1',
      },
      { type: 'NamespaceDeletionDiscoveryFailure', status: 'False', message: 'fine' },
    ];
    const deletionTimestamp = '2026-01-01T00:00:00Z';
    const metadata = { name: 'todo', deletionTimestamp, finalizers: ['example.org/hold'] };
    api.add({ ...namespace, metadata, status: { conditions } });
    api.linger(namespace, Infinity);
    await expect(wait(5)).rejects.toMatchObject({
      code: 'timeout',
      message: 'still there after 0.005 s: Namespace todo',
      details: [
        'Namespace todo: held by example.org/hold',
        'Namespace todo: Some resources are remaining: pods. has 1',
      ],
    });
  });

  test('says when nobody has asked for the deletion', async () => {
    api.add({ ...secret, metadata: { name: 's', namespace: 'todo' } });
    await expect(wait(5)).rejects.toMatchObject({
      details: ['Secret todo/s: nobody has asked for its deletion'],
    });
  });

  test('goes on over an outage of the API, and stops at a refusal', async () => {
    const failure = (status: number): Failure =>
      new Failure('cluster', 'no', { cause: new ApiStatus(status, '', 'no') });
    api.failNext(failure(0));
    await wait();
    api.failNext(failure(403));
    await expect(wait()).rejects.toMatchObject({ code: 'cluster' });
  });

  test('ends at once when it is cancelled', async () => {
    api.add({ ...secret, metadata: { name: 's', namespace: 'todo' } });
    await expect(wait(60_000, AbortSignal.timeout(10))).rejects.toMatchObject({ code: 'interrupted' });
  });
});
