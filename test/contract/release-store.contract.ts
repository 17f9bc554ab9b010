// What every ReleaseStore keeps, on a namespace of its own.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ReleaseSpec, ReleaseStore, StoredRelease } from '../../src/releases/release-store.ts';

export interface ReleaseStoreUnderTest {
  readonly store: ReleaseStore;
  /** A namespace that is there, without releases. */
  readonly namespace: string;
  /** A chart of one Deployment named after the release, with the number `replicas`. */
  readonly chart: string;
  /** Installs a release of that chart as somebody else would. */
  installForeign(name: string): Promise<void>;
  dispose(): Promise<void>;
}

export interface ReleaseStoreContract {
  readonly title: string;
  readonly make: () => Promise<ReleaseStoreUnderTest>;
}

/** Registers the suite. */
export function releaseStoreContract({ title, make }: ReleaseStoreContract): void {
  describe(title, () => {
    const { signal } = new AbortController();
    const labels = { 'slipway.dev/environment': 'test', 'slipway.dev/fingerprint': '0123456789ab' };
    let subject: ReleaseStoreUnderTest;
    let store: ReleaseStore;

    beforeAll(async () => {
      subject = await make();
      ({ store } = subject);
    });
    // Not there when it could not be made.
    afterAll(() => (subject as typeof subject | undefined)?.dispose());

    const spec = (name: string, replicas: unknown = 0): ReleaseSpec => ({
      name,
      namespace: subject.namespace,
      chart: subject.chart,
      values: { replicas },
    });
    const find = async (name: string): Promise<StoredRelease | undefined> =>
      (await store.list(signal)).find(
        (release) => release.name === name && release.namespace === subject.namespace,
      );

    test('what was never installed is not listed, and not uninstalled', async () => {
      expect(await find('never')).toBeUndefined();
      expect(await store.uninstall(spec('never'), signal)).toBe(false);
    });

    test('an installed release is deployed as revision 1, with our labels and its owner’s', async () => {
      const stored = await store.apply(spec('a'), { labels, signal });
      expect(stored).toMatchObject({
        name: 'a',
        namespace: subject.namespace,
        revision: 1,
        status: 'deployed',
      });
      expect(stored.labels).toEqual({ ...labels, 'slipway.dev/owner': 'slipway' });
      expect(await find('a')).toMatchObject({ revision: 1, labels: stored.labels });
    });

    test('the list holds the latest revision alone, with what it put into the cluster', async () => {
      await store.apply(spec('b', 0), { labels, signal });
      const changed = { ...labels, 'slipway.dev/fingerprint': 'ba9876543210' };
      expect((await store.apply(spec('b', 1), { labels: changed, signal })).revision).toBe(2);
      const found = (await store.list(signal)).filter(({ name }) => name === 'b');
      expect(found).toHaveLength(1);
      expect(found[0]).toMatchObject({ revision: 2, status: 'deployed' });
      expect(found[0]?.labels['slipway.dev/fingerprint']).toBe('ba9876543210');
      expect(found[0]?.manifest).toContain('replicas: 1');
    });

    test('a rollback makes an earlier revision the latest, with what it had and under its labels', async () => {
      const first = await store.apply(spec('r', 0), { labels, signal });
      const changed = { ...labels, 'slipway.dev/fingerprint': 'ba9876543210' };
      await store.apply(spec('r', 1), { labels: changed, signal });
      const stored = await store.rollback(spec('r'), { toRevision: 1, signal });
      expect(stored).toMatchObject({ revision: 3, status: 'deployed', labels: first.labels });
      expect(stored.manifest).toContain('replicas: 0');
      expect(await find('r')).toEqual(stored);
      const gone = store.rollback(spec('r'), { toRevision: 7, signal });
      await expect(gone).rejects.toMatchObject({ code: 'release' });
    });

    test('an apply that is to wait changes nothing before its moment, and nothing where that does not come', async () => {
      await store.apply(spec('w', 0), { labels, signal });
      const moment = Promise.withResolvers<void>();
      const applied = store.apply(spec('w', 1), { labels, signal, after: moment.promise });
      const never = Promise.withResolvers<void>();
      // Told while the store may still be looking at what is there.
      const refused = store.apply(spec('n'), { labels, signal, after: never.promise });
      never.reject(new Error('not wanted'));
      await expect(refused).rejects.toThrow();
      expect(await find('w')).toMatchObject({ revision: 1 });
      expect(await find('n')).toBeUndefined();
      moment.resolve();
      expect(await applied).toMatchObject({ revision: 2, status: 'deployed' });
    });

    test('without validation, too, a release is what was asked for', async () => {
      await store.apply(spec('v', 0), { labels, signal });
      await store.apply(spec('v', 1), { labels, signal, validates: false });
      expect((await find('v'))?.manifest).toContain('replicas: 1');
    });

    test('an uninstalled release is gone, and the next install is revision 1 again', async () => {
      await store.apply(spec('c'), { labels, signal });
      expect(await store.uninstall(spec('c'), signal)).toBe(true);
      expect(await find('c')).toBeUndefined();
      expect((await store.apply(spec('c'), { labels, signal })).revision).toBe(1);
    });

    test('rendering needs no installed release and installs none', async () => {
      expect(await store.render(spec('d', 3), signal)).toMatch(
        /kind: Deployment[^]*name: d\n[^]*replicas: 3/,
      );
      await store.lint(spec('d', 3), signal);
      expect(await find('d')).toBeUndefined();
    });

    test('values that the chart does not take are told by lint, rendering and installing', async () => {
      const bad = spec('e', 'many');
      await expect(store.lint(bad, signal)).rejects.toMatchObject({ code: 'chart' });
      await expect(store.render(bad, signal)).rejects.toMatchObject({ code: 'chart' });
      await expect(store.apply(bad, { labels, signal })).rejects.toMatchObject({ code: 'chart' });
    });

    test('a release of somebody else is listed, and neither changed nor removed', async () => {
      await subject.installForeign('foreign');
      await expect(store.apply(spec('foreign'), { labels, signal })).rejects.toMatchObject({
        code: 'ownership',
      });
      await expect(store.uninstall(spec('foreign'), signal)).rejects.toMatchObject({ code: 'ownership' });
      await expect(store.relabel(spec('foreign'), labels, signal)).rejects.toMatchObject({
        code: 'ownership',
      });
      await expect(store.rollback(spec('foreign'), { toRevision: 1, signal })).rejects.toMatchObject({
        code: 'ownership',
      });
      expect(await find('foreign')).toMatchObject({ revision: 1, status: 'deployed' });
    });

    test('other labels of ours change nothing else', async () => {
      await store.apply(spec('h'), { labels, signal });
      const before = await find('h');
      await store.relabel(spec('h'), { 'slipway.dev/environment': 'heir' }, signal);
      const after = await find('h');
      expect(after).toEqual({
        ...before,
        labels: { ...before!.labels, 'slipway.dev/environment': 'heir' },
      });
      await store.uninstall(spec('h'), signal);
    });

    test('an aborted signal stops every call', async () => {
      const stopped = AbortSignal.abort();
      const calls = await Promise.allSettled([
        store.list(stopped),
        store.lint(spec('f'), stopped),
        store.render(spec('f'), stopped),
        store.apply(spec('f'), { labels, signal: stopped }),
        store.rollback(spec('f'), { toRevision: 1, signal: stopped }),
        store.relabel(spec('f'), labels, stopped),
        store.uninstall(spec('f'), stopped),
      ]);
      const interrupted = { status: 'rejected', reason: { code: 'interrupted' } };
      expect(calls).toMatchObject(calls.map(() => interrupted));
      expect(await find('f')).toBeUndefined();
    });
  });
}
