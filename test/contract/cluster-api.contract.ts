// What every ClusterApi keeps, on a namespace of its own.

import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apiStatusOf } from '../../src/kubernetes/client/api-status.ts';
import type { ClusterApi, ClusterObject } from '../../src/kubernetes/client/cluster-api.ts';
import { waitForGone } from '../../src/kubernetes/wait-for-gone.ts';

export interface ClusterApiUnderTest {
  readonly api: ClusterApi;
  /** A namespace that is there, with nothing in it that the suite makes. */
  readonly namespace: string;
  /** A pod of the namespace whose one container has ended after it wrote 'one' and 'two'. */
  readonly endedPod: string;
  dispose(): Promise<void>;
}

export interface ClusterApiContract {
  readonly title: string;
  readonly make: () => Promise<ClusterApiUnderTest>;
}

/** Registers the suite. */
export function clusterApiContract({ title, make }: ClusterApiContract): void {
  describe(title, () => {
    const { signal } = new AbortController();
    let subject: ClusterApiUnderTest;
    let api: ClusterApi;
    let namespace: string;

    beforeAll(async () => {
      subject = await make();
      ({ api, namespace } = subject);
    });
    // Not there when it could not be made.
    afterAll(() => (subject as typeof subject | undefined)?.dispose());

    const map = (name: string, data: object, labels: Record<string, string> = {}): ClusterObject => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace, labels },
      data,
    });
    const referTo = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', name, namespace });

    test('the cluster has an identity that stays', async () => {
      const identity = await api.identity(signal);
      expect(identity).toMatch(/^\S+$/);
      expect(await api.identity(signal)).toBe(identity);
    });

    test('it says what it is and serves, with kinds', async () => {
      const { kubernetes, served } = await api.versions(signal);
      expect(kubernetes).toMatch(/^v1\.\d+\.\d+/);
      expect(served).toEqual(expect.arrayContaining(['v1', 'v1/Secret', 'apps/v1', 'apps/v1/Deployment']));
    });

    test('what is not there is undefined, is in no list, and is not deleted', async () => {
      expect(await api.get(referTo('none'), signal)).toBeUndefined();
      expect(await api.delete(referTo('none'), signal)).toBe(false);
      const query = { apiVersion: 'v1', kind: 'ConfigMap', namespace, labelSelector: 'app=none' };
      expect(await api.list(query, signal)).toEqual([]);
    });

    test('what is applied is there, with an identity of its own', async () => {
      const applied = await api.apply(map('a', { key: 'value' }), { signal });
      expect(applied).toMatchObject({ kind: 'ConfigMap', metadata: { name: 'a', namespace } });
      expect(applied.metadata.uid).toMatch(/^\S+$/);
      expect(await api.get(referTo('a'), signal)).toMatchObject({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { uid: applied.metadata.uid },
        data: { key: 'value' },
      });
    });

    test('applying again changes the same object', async () => {
      const first = await api.apply(map('b', { key: '1' }), { signal });
      const second = await api.apply(map('b', { key: '2' }), { signal });
      expect(second.metadata.uid).toBe(first.metadata.uid);
      expect((await api.get(referTo('b'), signal))?.['data']).toEqual({ key: '2' });
    });

    test('what was applied and is not named any more goes, and what is named is merged into what is there', async () => {
      await api.apply(map('m', { kept: '1', gone: '1' }, { app: 'm' }), { signal });
      const annotated = {
        ...map('m', { kept: '2' }),
        metadata: { name: 'm', namespace, annotations: { a: '1' } },
      };
      const applied = await api.apply(annotated, { signal });
      expect(applied['data']).toEqual({ kept: '2' });
      expect((await api.get(referTo('m'), signal))?.metadata).toMatchObject({ annotations: { a: '1' } });
      expect((await api.get(referTo('m'), signal))?.metadata.labels ?? {}).toEqual({});
    });

    test('a dry run answers as if, and stores nothing', async () => {
      const answered = await api.apply(map('dry', { key: '1' }), { dryRun: true, signal });
      expect(answered).toMatchObject({ metadata: { name: 'dry' } });
      expect(await api.get(referTo('dry'), signal)).toBeUndefined();
    });

    test('nothing can be put into a namespace that is not there', async () => {
      const stray = { ...map('x', {}), metadata: { name: 'x', namespace: 'slipway-none' } };
      const refused = await api.apply(stray, { signal }).then(
        () => expect.fail('it was applied'),
        (error: unknown) => error,
      );
      expect(refused).toMatchObject({ code: 'cluster' });
      expect(apiStatusOf(refused)).toMatchObject({ status: 404, reason: 'NotFound' });
    });

    test('a list holds what has the labels, each with its kind, and of metadata alone if so asked', async () => {
      await api.apply(map('l1', { key: '1' }, { app: 'list', tier: 'web' }), { signal });
      await api.apply(map('l2', { key: '2' }, { app: 'list', tier: 'db' }), { signal });
      const query = { apiVersion: 'v1', kind: 'ConfigMap', namespace };
      const names = async (labelSelector: string): Promise<string[]> =>
        (await api.list({ ...query, labelSelector }, signal)).map(
          ({ kind, metadata }) => `${kind} ${metadata.name}`,
        );
      expect(await names('app=list')).toEqual(['ConfigMap l1', 'ConfigMap l2']);
      expect(await names('app=list,tier=db')).toEqual(['ConfigMap l2']);
      expect(await names('app=list,tier!=db')).toEqual(['ConfigMap l1']);
      const [found] = await api.list({ ...query, labelSelector: 'tier=web', metadataOnly: true }, signal);
      expect(found).toMatchObject({ kind: 'ConfigMap', metadata: { name: 'l1', labels: { app: 'list' } } });
      expect(found).not.toHaveProperty('data');
    });

    test('a list without a namespace goes over all of them', async () => {
      await api.apply(map('everywhere', {}, { app: 'everywhere' }), { signal });
      const query = { apiVersion: 'v1', kind: 'ConfigMap', labelSelector: 'app=everywhere' };
      expect((await api.list(query, signal)).map(({ metadata }) => metadata.namespace)).toContain(namespace);
    });

    test('deletion says whether there was something', async () => {
      await api.apply(map('gone', {}), { signal });
      expect(await api.delete(referTo('gone'), signal)).toBe(true);
      // It is only asked for: the object goes a moment later.
      const request = { api, references: [referTo('gone')], deadlineMs: 30_000 };
      await waitForGone(request, { signal, report: () => {} });
      expect(await api.delete(referTo('gone'), signal)).toBe(false);
    });

    test('deletion of an object by its uid leaves another one of its name alone', async () => {
      const { metadata } = await api.apply(map('by-uid', {}), { signal });
      expect(await api.delete(referTo('by-uid'), signal, '00000000-0000-0000-0000-000000000000')).toBe(false);
      expect((await api.get(referTo('by-uid'), signal))?.metadata.deletionTimestamp).toBeUndefined();
      expect(await api.delete(referTo('by-uid'), signal, metadata.uid)).toBe(true);
    });

    test('a log is read whole, from its end, and followed to its end', async () => {
      const query = { namespace, pod: subject.endedPod };
      expect(await api.logs(query, signal)).toBe('one\ntwo\n');
      expect(await api.logs({ ...query, tailLines: 1 }, signal)).toBe('two\n');
      expect(await text(await api.streamLogs(query, signal))).toBe('one\ntwo\n');
    });

    test('the log of a pod that is not there is refused', async () => {
      await expect(api.logs({ namespace, pod: 'none' }, signal)).rejects.toMatchObject({ code: 'cluster' });
    });

    test('an aborted signal stops every question', async () => {
      const stopped = AbortSignal.abort();
      const questions = await Promise.allSettled([
        api.identity(stopped),
        api.get(referTo('a'), stopped),
        api.list({ apiVersion: 'v1', kind: 'ConfigMap', namespace }, stopped),
        api.apply(map('a', {}), { signal: stopped }),
        api.delete(referTo('a'), stopped),
        api.logs({ namespace, pod: subject.endedPod }, stopped),
        api.streamLogs({ namespace, pod: subject.endedPod }, stopped),
      ]);
      const interrupted = { status: 'rejected', reason: { code: 'interrupted' } };
      expect(questions).toMatchObject(questions.map(() => interrupted));
      expect(await api.get(referTo('a'), signal)).toBeDefined();
    });
  });
}
