import { describe, expect, test } from 'vitest';
import { Failure } from '../../../src/failure.ts';
import type { ClusterObject } from '../../../src/kubernetes/client/cluster-api.ts';
import { type HookRun, watchingHooks } from '../../../src/releases/hook-watch.ts';
import { FakeClusterApi } from '../../fakes/cluster-api.ts';
import { failureOf } from '../../support/failure-of.ts';
import { helmSecret } from '../../support/helm-secret.ts';

const release = { name: 'web', namespace: 'todo' };
const now = (): string => new Date(performance.timeOrigin + performance.now() + 1_000).toISOString();
const HOOK = `
apiVersion: batch/v1
kind: Job
metadata:
  name: migrate
  annotations: {helm.sh/hook: pre-upgrade}
`;

/** As helm keeps it while hooks run. */
const pending = (revision: number, hooks: readonly string[]): ClusterObject =>
  helmSecret({ ...release, revision, status: 'pending-upgrade', hooks });

function job(status: object = {}, creationTimestamp = now()): ClusterObject {
  const metadata = { name: 'migrate', namespace: 'todo', uid: 'j', creationTimestamp };
  return { apiVersion: 'batch/v1', kind: 'Job', metadata, spec: { completions: 1 }, status };
}

function pod(container: object, phase = 'Pending'): ClusterObject {
  return {
    ...{ apiVersion: 'v1', kind: 'Pod', spec: { containers: [{ name: 'main', image: 'x' }] } },
    metadata: {
      ...{ name: 'migrate-a', namespace: 'todo', uid: 'p', creationTimestamp: now() },
      ownerReferences: [{ kind: 'Job', name: 'migrate', uid: 'j', controller: true }],
    },
    status: { phase, containerStatuses: [{ name: 'main', ready: false, ...container }] },
  };
}

const failedPod = pod({ state: { terminated: { exitCode: 3, finishedAt: 'x' } } }, 'Failed');
const failedJob = job({ conditions: [{ type: 'Failed', status: 'True', message: 'BackoffLimitExceeded' }] });
const refusal = new Failure('release', 'cannot upgrade release web: pre-upgrade hooks failed');

interface Watched {
  readonly api: FakeClusterApi;
  readonly reports: string[];
  readonly done: Promise<string>;
  readonly gaveUp: () => boolean;
}

/** helm, which ends when it is told to, or given up on. */
function watch(
  objects: readonly ClusterObject[],
  helm: Promise<string>,
  options: Partial<HookRun> = {},
): Watched {
  const api = new FakeClusterApi();
  for (const object of objects) api.add(object);
  const reports: string[] = [];
  const task = {
    signal: new AbortController().signal,
    report: ({ text }: { text: string }) => void reports.push(text),
  };
  let gaveUp = false;
  const done = watchingHooks(
    { api, release, doing: 'helm upgrade', firstLookMs: 0, intervalMs: 1, ...options },
    (giveUp) =>
      Promise.race([
        helm,
        new Promise<never>((_, reject) =>
          giveUp.addEventListener('abort', () => {
            gaveUp = true;
            reject(new Failure('interrupted', 'ended'));
          }),
        ),
      ]),
    task,
  );
  done.catch(() => undefined);
  return { api, reports, done, gaveUp: () => gaveUp };
}

const never = new Promise<string>(() => undefined);
const soon = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2));
};

describe('hooks that helm waits for', () => {
  test('say what they wait for', async () => {
    const helm = Promise.withResolvers<string>();
    const waiting = pod({ state: { waiting: { reason: 'ErrImagePull', message: 'dial tcp: timeout' } } });
    const { reports, done } = watch([pending(2, [HOOK]), job(), waiting], helm.promise);
    await soon(() => reports.length > 0);
    expect(reports).toEqual([
      'helm upgrade: waiting for hook job migrate: 0 of 1 runs done (pod migrate-a: dial tcp: timeout)',
    ]);
    helm.resolve('revision 2');
    expect(await done).toBe('revision 2');
  });

  test('that can never start end helm at once, with what is wrong', async () => {
    const never1 = pod({ state: { waiting: { reason: 'InvalidImageName', message: 'no such name' } } });
    const { done, gaveUp } = watch([pending(2, [HOOK]), job(), never1], never);
    expect(await failureOf(done)).toMatchObject({
      code: 'release',
      message:
        'hook job migrate does not get ready: InvalidImageName in pod migrate-a, container main: no such name',
    });
    expect(gaveUp()).toBe(true);
  });

  test('that can never start are waited for where the owner wants it', async () => {
    const helm = Promise.withResolvers<string>();
    const never1 = pod({ state: { waiting: { reason: 'InvalidImageName', message: 'no such name' } } });
    const objects = [pending(2, [HOOK]), job(), never1];
    const { reports, done, gaveUp } = watch(objects, helm.promise, { failFast: false });
    await soon(() => reports.length > 0);
    helm.reject(refusal);
    expect(await failureOf(done)).toMatchObject({
      message: refusal.message,
      details: ['hook job migrate: 0 of 1 runs done (pod migrate-a: no such name)'],
    });
    expect(gaveUp()).toBe(false);
  });

  test('that fail tell the end of their log, also where helm has deleted them by then', async () => {
    const helm = Promise.withResolvers<string>();
    const { api, done } = watch([pending(2, [HOOK]), failedJob, failedPod], helm.promise);
    api.setLog('todo', 'migrate-a', 'connecting\nno such table\n');
    await soon(() => api.calls.includes('logs todo/migrate-a'));
    api.remove({ apiVersion: 'batch/v1', kind: 'Job', ...release, name: 'migrate' });
    api.remove({ apiVersion: 'v1', kind: 'Pod', ...release, name: 'migrate-a' });
    helm.reject(refusal);
    const failure = await failureOf(done);
    expect(failure.message).toBe(refusal.message);
    expect(failure.details).toEqual(['log of container main:', '  connecting', '  no such table']);
    expect(failure.hint).toContain('The end of its log says why');
  });

  test('that fail before anybody looked tell it, too', async () => {
    const { api, done } = watch([pending(2, [HOOK]), failedJob, failedPod], Promise.reject(refusal), {
      firstLookMs: 60_000,
    });
    api.setLog('todo', 'migrate-a', 'no such table\n');
    expect((await failureOf(done)).details).toContain('  no such table');
  });

  test('of a run before are not taken for those of this one', async () => {
    const old = job({ conditions: [{ type: 'Failed', status: 'True' }] }, '2026-01-01T00:00:00Z');
    const helm = Promise.withResolvers<string>();
    const { api, reports, done } = watch([pending(2, [HOOK]), old], helm.promise);
    await soon(() => api.calls.filter((call) => call.startsWith('list Job')).length > 2);
    helm.reject(refusal);
    expect((await failureOf(done)).details).toEqual([]);
    expect(reports).toEqual([]);
  });

  test('are those of the newest revision', async () => {
    const helm = Promise.withResolvers<string>();
    const { api, done } = watch([pending(10, [HOOK]), pending(9, []), job()], helm.promise);
    await soon(() => api.calls.some((call) => call.startsWith('list Job')));
    expect(api.calls).toContain('get Secret todo/sh.helm.release.v1.web.v10');
    helm.resolve('done');
    await done;
  });
});

test('a chart without hooks costs nothing where helm is quick, and its failure is left as it is', async () => {
  const { api, done } = watch([pending(2, [])], Promise.resolve('quick'), { firstLookMs: 1_000 });
  expect(await done).toBe('quick');
  expect(api.calls).toEqual([]);
  const failing = watch([pending(2, [])], Promise.reject(refusal), { firstLookMs: 1_000 });
  expect(await failureOf(failing.done)).toBe(refusal);
});

test('an API that does not answer ends neither helm nor the watch', async () => {
  const helm = Promise.withResolvers<string>();
  const { api, done } = watch([pending(2, [HOOK]), job()], helm.promise);
  api.failNext(new Failure('cluster', 'gone'));
  await soon(() => api.calls.length > 0);
  helm.resolve('done');
  expect(await done).toBe('done');
});
