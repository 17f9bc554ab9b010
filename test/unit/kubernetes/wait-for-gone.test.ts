import { beforeEach, describe, expect, test } from 'vitest';
import { Failure } from '../../../src/failure.ts';
import { ApiStatus } from '../../../src/kubernetes/client/api-status.ts';
import { heldObjects, isAbandoned } from '../../../src/kubernetes/held-objects.ts';
import { waitForGone } from '../../../src/kubernetes/wait-for-gone.ts';
import type { Progress } from '../../../src/task.ts';
import { failureOf } from '../../support/failure-of.ts';
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
        `without what it waits for: kubectl patch namespace todo --type merge --patch '{"metadata":{"finalizers":null}}'`,
      ],
    });
  });

  describe('in a namespace that what is in it holds,', () => {
    const widget = { apiVersion: 'example.com/v1', kind: 'Widget', namespace: 'todo' };
    const held = (name: string, finalizers: string[]): void => {
      const metadata = { name, namespace: 'todo', finalizers, deletionTimestamp: '2026-01-01T00:00:00Z' };
      api.add({ ...widget, metadata });
    };
    const waitForNamespace = (deadlineMs: number) =>
      waitForGone(
        { api, references: [namespace], deadlineMs, intervalMs: 1 },
        { signal, report: (progress) => void reports.push(progress) },
      );

    beforeEach(() => {
      const message =
        'Some resources are remaining: widgets.example.com has 2 resource instances, pods. has 1 resource instances';
      const conditions = [{ type: 'NamespaceContentRemaining', status: 'True', message }];
      const metadata = { name: 'todo', deletionTimestamp: '2026-01-01T00:00:00Z' };
      api.add({ ...namespace, metadata, status: { conditions } });
      api.linger(namespace, Infinity);
      api.add({
        ...{ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' },
        metadata: { name: 'widgets.example.com' },
        spec: {
          ...{ group: 'example.com', names: { kind: 'Widget', plural: 'widgets' } },
          versions: [{ name: 'v1', storage: true }],
        },
      });
      held("it's", ['example.com/hold']);
      held('free', []);
    });

    test('names the objects, their finalizers, and the quoted command that lets them go', async () => {
      api.add({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'operator', namespace: 'tools' } });
      const failure = await failureOf(waitForNamespace(5));
      expect(failure.code).toBe('timeout');
      expect(failure.message).toBe('still there after 0.005 s: Namespace todo');
      expect(failure.details[0]).toBe("Widget todo/it's: held by example.com/hold");
      expect(failure.details).toContain(
        "without what it waits for: kubectl patch widgets.example.com 'it'\\''s' --namespace todo " +
          `--type merge --patch '{"metadata":{"finalizers":null}}'`,
      );
    });

    test.each([
      ['knows when no program is left that could let them go', undefined, true],
      ['knows that a program of somebody still runs', { name: 'operator', namespace: 'tools' }, false],
    ])('%s', async (_title, pod, isSoon) => {
      if (pod) api.add({ apiVersion: 'v1', kind: 'Pod', metadata: pod });
      const objects = await heldObjects(api, (await api.get(namespace, signal))!, signal);
      expect(objects.map(({ title }) => title)).toEqual(["Widget todo/it's"]);
      expect(await isAbandoned(api, objects, signal)).toBe(isSoon);
    });

    test('leaves to the cluster what it tends itself', async () => {
      held('claim', ['kubernetes.io/pvc-protection']);
      const objects = await heldObjects(api, (await api.get(namespace, signal))!, signal);
      expect(await isAbandoned(api, objects, signal)).toBe(false);
    });
  });

  test('an object that has come under the same name is not the one that was to go', async () => {
    api.add({ ...secret, metadata: { name: 's', namespace: 'todo', uid: 'second' } });
    const request = { api, references: [secret], uids: ['first'], deadlineMs: 60_000 };
    const task = { signal, report: () => undefined };
    await expect(waitForGone(request, task)).resolves.toBeUndefined();
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
