import { describe, expect, test } from 'vitest';
import { Failure } from '../../../../src/failure.ts';
import { ApiStatus } from '../../../../src/kubernetes/client/api-status.ts';
import type { ClusterObject } from '../../../../src/kubernetes/client/cluster-api.ts';
import { type ReleaseWait, waitForRelease } from '../../../../src/kubernetes/readiness/wait-for-release.ts';
import type { Progress } from '../../../../src/task.ts';
import { FakeClusterApi } from '../../../fakes/cluster-api.ts';
import { deployment, pod, podEvent, replicaSet, waits } from './release-samples.ts';

const behind = { readyReplicas: 0, availableReplicas: 0 };
const starting = pod({ container: { state: { running: {} } } });

interface Waiting {
  readonly done: Promise<string | Failure>;
  readonly reports: Progress[];
  /** How often it was seen that all pods run. */
  readonly running: string[];
  readonly stop: AbortController;
}

function wait(api: FakeClusterApi, options: Partial<ReleaseWait> = {}, onReport?: () => void): Waiting {
  const reports: Progress[] = [];
  const running: string[] = [];
  const stop = new AbortController();
  const done = waitForRelease(
    {
      api,
      manifest: [deployment()],
      namespace: 'todo',
      deadlineMs: 5_000,
      intervalMs: 1,
      onRunning: () => running.push('running'),
      ...options,
    },
    {
      signal: stop.signal,
      report(progress) {
        reports.push(progress);
        onReport?.();
      },
    },
  ).then(
    () => 'ready',
    (error: unknown) => {
      if (error instanceof Failure) return error;
      throw error;
    },
  );
  return { done, reports, running, stop };
}

function cluster(...objects: ClusterObject[]): FakeClusterApi {
  return objects.reduce((api, object) => api.add(object), new FakeClusterApi());
}

function refused(): Failure {
  return new Failure('cluster', 'cannot list deployments: refused', {
    cause: new ApiStatus(0, '', 'refused'),
  });
}

test('resolves at the first look when everything is ready', async () => {
  const api = cluster(deployment(), replicaSet(2), pod());
  const { done, reports, running } = wait(api);
  expect(await done).toBe('ready');
  expect(reports).toEqual([]);
  expect(running).toEqual(['running']);
  expect(api.calls).toEqual(['list Deployment in todo', 'list ReplicaSet in todo', 'list Pod in todo']);
});

test('says what it waits for, and goes on the moment it is there', async () => {
  const api = cluster(deployment(behind), replicaSet(2), starting);
  const { done, reports, running } = wait(api, {}, () => api.add(deployment()).add(pod()));
  expect(await done).toBe('ready');
  expect(reports).toEqual([
    { text: 'waiting for deployment backend: 0 of 1 pods ready', done: 0, total: 1, unit: 'pods' },
  ]);
  expect(running).toEqual(['running']);
});

test('a crash loop ends the wait with the events and the log of the pod', async () => {
  const crashed = { terminated: { exitCode: 3 } };
  const api = cluster(
    deployment(behind),
    replicaSet(2),
    pod({ container: { ...waits('CrashLoopBackOff'), restartCount: 2, lastState: crashed } }),
    podEvent('backend-2-a', 'BackOff', 'Back-off restarting failed container'),
    podEvent('other', 'BackOff', 'of somebody else'),
  );
  api.setLog('todo', 'backend-2-a', 'starting\nno DATABASE_URL\n');
  expect(await wait(api).done).toMatchObject({
    code: 'release',
    message:
      'deployment backend does not get ready: CrashLoopBackOff in pod backend-2-a, container main: ' +
      'it ended with exit code 3, 3 times so far',
    hint: expect.stringContaining('log'),
    details: [
      'events of pod backend-2-a:',
      '  Warning BackOff (3 times): Back-off restarting failed container',
      'log of container main:',
      '  starting',
      '  no DATABASE_URL',
    ],
  });
});

test('the deadline ends the wait with the last state seen and what the pods say', async () => {
  const api = cluster(deployment(behind), replicaSet(2), starting);
  api.setLog('todo', 'backend-2-a', 'still reading\n');
  expect(await wait(api, { deadlineMs: 0 }).done).toMatchObject({
    code: 'timeout',
    message: 'not ready after 0 s: deployment backend: 0 of 1 pods ready',
    details: [
      'last seen: deployment backend: 0 of 1 pods ready',
      'log of container main:',
      '  still reading',
    ],
  });
});

test('the deadline ends it with the remedy for what was in the way', async () => {
  const missing = waits('CreateContainerConfigError', 'configmap "web" not found');
  const api = cluster(deployment(behind), replicaSet(2), pod({ container: missing }));
  expect(await wait(api, { deadlineMs: 0 }).done).toMatchObject({
    code: 'timeout',
    message:
      'not ready after 0 s: deployment backend: 0 of 1 pods ready (pod backend-2-a: configmap "web" not found)',
    hint: 'A Secret or ConfigMap that the pod names is missing, or lacks a key.',
  });
});

test('an owner who does not want to fail fast is heeded', async () => {
  const never = pod({ container: waits('ErrImageNeverPull') });
  const api = cluster(deployment(behind), replicaSet(2), never);
  expect(await wait(api, { deadlineMs: 5 }).done).toMatchObject({ code: 'release' });
  expect(await wait(api, { deadlineMs: 5, failFast: false }).done).toMatchObject({ code: 'timeout' });
});

describe('a log that tells of a limit of the machine carries the command that raises it', () => {
  const raising = expect.stringContaining('sysctl fs.inotify.max_user_instances=512') as string;

  test.each([
    ['failed to create watcher: too many open files', raising],
    ['inotify_add_watch: no space left on device', raising],
    ['write /data: no space left on device', expect.not.stringContaining('inotify')],
  ])('%s', async (line, hint) => {
    const crashed = { terminated: { exitCode: 1 } };
    const looping = { ...waits('CrashLoopBackOff'), restartCount: 2, lastState: crashed };
    const api = cluster(deployment(behind), replicaSet(2), pod({ container: looping }));
    api.setLog('todo', 'backend-2-a', `starting\n${line}\n`);
    expect(await wait(api).done).toMatchObject({ code: 'release', hint });
  });

  test('at the deadline too', async () => {
    const api = cluster(deployment(behind), replicaSet(2), starting);
    api.setLog('todo', 'backend-2-a', 'too many open files\n');
    expect(await wait(api, { deadlineMs: 0 }).done).toMatchObject({ code: 'timeout', hint: raising });
  });
});

describe('an API that does not answer', () => {
  test('for a moment is waited for', async () => {
    const api = cluster(deployment(), replicaSet(2), pod());
    api.failNext(refused());
    const { done, reports } = wait(api);
    expect(await done).toBe('ready');
    expect(reports).toEqual([{ text: 'waiting for cannot list deployments: refused' }]);
  });

  test('for longer than allowed ends the wait', async () => {
    const api = cluster(deployment(), replicaSet(2), pod());
    api.failNext(refused());
    expect(await wait(api, { outageMs: 0 }).done).toMatchObject({ code: 'cluster' });
  });

  test('because it refuses ends the wait at once', async () => {
    const api = cluster(deployment(), replicaSet(2), pod());
    api.failNext(
      new Failure('cluster', 'forbidden', { cause: new ApiStatus(403, 'Forbidden', 'forbidden') }),
    );
    expect(await wait(api).done).toMatchObject({ code: 'cluster', message: 'forbidden' });
  });
});

test('stops when it is aborted', async () => {
  const api = cluster(deployment(behind), replicaSet(2), starting);
  const { done, stop } = wait(api, { intervalMs: 60_000 }, () => setImmediate(() => stop.abort()));
  expect(await done).toMatchObject({ code: 'interrupted' });
});
