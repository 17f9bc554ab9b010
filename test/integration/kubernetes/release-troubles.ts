// Registers the suite of what can keep a release from getting ready, on a real cluster.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Failure } from '../../../src/failure.ts';
import type { ClusterApi, ClusterObject } from '../../../src/kubernetes/client/cluster-api.ts';
import { connectCluster } from '../../../src/kubernetes/client/connect-cluster.ts';
import { ensureNamespace } from '../../../src/kubernetes/ensure-namespace.ts';
import { type ReleaseWait, waitForRelease } from '../../../src/kubernetes/readiness/wait-for-release.ts';
import { endBackOff } from '../../../src/releases/end-back-off.ts';
import type { Task } from '../../../src/task.ts';
import { until } from '../../support/until.ts';
import { deployment, type PodOptions, service } from './test-objects.ts';

export interface TestCluster {
  readonly kubeconfigFile: string;
  /** An image in the node made from test/integration/kubernetes/pod: modes serve, follow, unready, crash, oom, done. */
  readonly image: string;
}

/** `cluster` is asked in a hook, so it may be made by an earlier one. */
export function describeReleaseTroubles(cluster: () => TestCluster): void {
  describe('waiting for a release', () => {
    const namespace = `slipway-test-${Math.random().toString(36).slice(2, 8)}`;
    const reports: string[] = [];
    const task: Task = {
      signal: new AbortController().signal,
      report: ({ text }) => void reports.push(text),
    };
    let api: ClusterApi;

    beforeAll(async () => {
      api = await connectCluster({ kubeconfigFile: cluster().kubeconfigFile });
      await ensureNamespace({ api, name: namespace, environment: 'test' }, task.signal);
    });

    afterAll(async () => {
      // What is still going when the cluster is taken away goes with it.
      await api.delete({ apiVersion: 'v1', kind: 'Namespace', name: namespace }, task.signal);
    });

    const declare = (name: string, pod: Omit<PodOptions, 'image'> & { image?: string }): ClusterObject =>
      deployment({ name, namespace, image: cluster().image, ...pod });

    async function wait(objects: ClusterObject[], options: Partial<ReleaseWait> = {}): Promise<number> {
      for (const object of objects) await api.apply(object, { signal: task.signal });
      const startedAt = performance.now();
      await waitForRelease({ api, manifest: objects, namespace, deadlineMs: 90_000, ...options }, task);
      return performance.now() - startedAt;
    }

    async function failureOf(objects: ClusterObject[], options: Partial<ReleaseWait> = {}): Promise<Failure> {
      const error = await wait(objects, options).then(
        () => expect.fail('it got ready'),
        (reason: unknown) => reason,
      );
      return error instanceof Failure ? error : Promise.reject(error);
    }

    test('resolves when pods are ready and the service has endpoints, and reports what it waits for', async () => {
      reports.length = 0;
      let isRunning = false;
      const objects = [declare('web', { args: ['serve'] }), service('web', namespace)];
      await wait(objects, { onRunning: () => void (isRunning = true) });
      expect(isRunning).toBe(true);
      expect(reports.join('\n')).toContain('deployment web: ');
      const slices = await api.list(
        { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', namespace },
        task.signal,
      );
      expect(JSON.stringify(slices)).toContain('"ready":true');
    });

    test('resolves at once when all is there already', async () => {
      expect(await wait([declare('web', { args: ['serve'] }), service('web', namespace)])).toBeLessThan(
        2_000,
      );
    });

    test('a crash loop fails with the log of the pod', async () => {
      const failure = await failureOf([declare('crash', { args: ['crash'] })]);
      expect(failure.code).toBe('release');
      expect(failure.message).toMatch(
        /^deployment crash does not get ready: CrashLoopBackOff in pod crash-\S+, container main: it ended with exit code 3/,
      );
      expect(failure.details.join('\n')).toContain('fatal: cannot connect to database');
      expect(failure.details.join('\n')).toContain('BackOff');
    });

    test('a pod that crashed for want of another one starts anew without its back-off', async () => {
      const follower = declare('follower', { args: ['follow', 'http://leader/ready'] });
      expect((await failureOf([follower])).message).toContain('it ended with exit code 4');
      await wait([declare('leader', { args: ['serve'] }), service('leader', namespace)]);
      const notes: string[] = [];
      await endBackOff({ api, manifest: [follower], note: (text) => void notes.push(text) }, task);
      await wait([follower]);
      expect(notes).toEqual([expect.stringMatching(/^restarted: pod follower-\S+ was crashing before/)]);
    });

    test('an unhealthy old pod that is being replaced is no failure', async () => {
      await wait([declare('crash', { args: ['serve'] })]);
      expect(reports.at(-1)).not.toContain('CrashLoop');
    });

    test('a new version that crashes fails although the old one still serves', async () => {
      const failure = await failureOf([declare('web', { args: ['crash'] })]);
      expect(failure.message).toContain('CrashLoopBackOff');
      await wait([declare('web', { args: ['serve'] })]);
    });

    test('an image that is not in the node fails at once where it must not be pulled', async () => {
      const startedAt = performance.now();
      const failure = await failureOf([
        declare('absent', { image: 'slipway.local/none:sha-0', imagePullPolicy: 'Never' }),
      ]);
      expect(failure.message).toContain('ErrImageNeverPull in pod absent-');
      expect(failure.hint).toContain('not in the node');
      expect(performance.now() - startedAt).toBeLessThan(15_000);
    });

    test('a Secret that comes later is waited for, and named until then', async () => {
      reports.length = 0;
      const envFrom = [{ secretRef: { name: 'late-secret' } }];
      const waiting = wait([declare('config', { args: ['serve'], envFrom })]);
      const isNamed = async (): Promise<boolean> =>
        reports.some((text) => text.includes('secret "late-secret" not found'));
      await until('the wait names the Secret', isNamed);
      const metadata = { name: 'late-secret', namespace };
      await api.apply({ apiVersion: 'v1', kind: 'Secret', metadata }, { signal: task.signal });
      expect(await waiting).toBeLessThan(90_000);
    });

    test('a pod whose place the old one has is waited for to the deadline, with the remedy', async () => {
      const place = (cpu: string): ClusterObject =>
        declare('place', { args: ['serve'], hostPort: 18437, requests: { cpu } });
      await wait([place('1m')]);
      const failure = await failureOf([place('2m')], { deadlineMs: 15_000 });
      expect(failure).toMatchObject({ code: 'timeout', hint: expect.stringContaining('Recreate') });
    });

    test('a pod that is larger than any node fails with what the scheduler says', async () => {
      const failFast = { crashes: 3, afterSeconds: 1 };
      const failure = await failureOf([declare('large', { requests: { cpu: '900' } })], { failFast });
      expect(failure.message).toContain('Unschedulable in pod large-');
      expect(failure.message).toContain('Insufficient cpu');
    });

    test('a readiness probe that goes on failing is waited for, and what it gets is told', async () => {
      const failure = await failureOf([declare('unready', { args: ['unready'] })], { deadlineMs: 12_000 });
      expect(failure.code).toBe('timeout');
      expect(failure.message).toContain('statuscode: 503');
      expect(failure.hint).toContain('readyWithinSeconds');
    });

    test('a pod that needs more memory than its limit is told as such', async () => {
      const failure = await failureOf([declare('oom', { args: ['oom'], limits: { memory: '24Mi' } })]);
      expect(failure.message).toContain('OOMKilled in pod oom-');
      expect(failure.hint).toContain('memory limit');
    });

    test('at the deadline the last state seen is told', async () => {
      const failure = await failureOf([declare('unready', { args: ['unready'] })], { deadlineMs: 1_000 });
      expect(failure.code).toBe('timeout');
      expect(failure.message).toContain('deployment unready: 0 of 1 pods ready');
    });

    test('a cancelled wait ends at once', async () => {
      const stop = new AbortController();
      const manifest = [declare('unready', { args: ['unready'] })];
      const waiting = waitForRelease(
        { api, manifest, namespace, deadlineMs: 60_000 },
        { signal: stop.signal, report: () => stop.abort() },
      );
      await expect(waiting).rejects.toMatchObject({ code: 'interrupted' });
    });
  });
}
