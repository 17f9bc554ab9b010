import { describe, expect, test } from 'vitest';
import type { ClusterObject } from '../../../../src/kubernetes/client/cluster-api.ts';
import { outlineOf } from '../../../../src/kubernetes/manifest-outline.ts';
import { judgeRelease, type Verdict } from '../../../../src/kubernetes/readiness/readiness.ts';
import { deployment, type Fields, NOW_MS, pod, replicaSet, secondsAgo, waits } from './release-samples.ts';

function judge(declared: ClusterObject[], others: ClusterObject[] = []): Verdict {
  return judgeRelease({ declared, live: [...declared, ...others], nowMs: NOW_MS });
}

const behind: Fields = { readyReplicas: 0, availableReplicas: 0 };

describe('a deployment', () => {
  test('is ready when its rollout is complete', () => {
    expect(judge([deployment()], [replicaSet(2), pod()])).toEqual({
      state: 'ready',
      waitingFor: [],
      missing: [],
      isRunning: true,
      troubles: [],
      pods: { ready: 1, wanted: 1, unready: [] },
    });
  });

  test.each<[string, Fields, string]>([
    ['its controller has not seen the change', { observedGeneration: 1 }, 'its change is not seen yet'],
    ['new pods are not made', { updatedReplicas: 0 }, '0 of 1 new pods made'],
    ['pods are not available', behind, '0 of 1 pods ready'],
    ['old pods are left', { replicas: 2 }, '1 old pods still there'],
  ])('is waited for while %s', (_title, status, text) => {
    const verdict = judge([deployment(status)]);
    expect(verdict).toMatchObject({ state: 'waiting', waitingFor: [`deployment backend: ${text}`] });
  });

  test('goes on when the deadline that it sets itself has passed: its owner has set another', () => {
    const conditions = [
      { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: 'late' },
    ];
    expect(judge([deployment({ ...behind, conditions })]).state).toBe('waiting');
  });

  test('whose rollout is paused is waited for, with the command that resumes it', () => {
    const verdict = judge([deployment({ ...behind, updatedReplicas: 0 }, { paused: true })]);
    expect(verdict.waitingFor).toEqual([
      'deployment backend: its rollout is paused: kubectl -n todo rollout resume deployment/backend',
    ]);
    expect(judge([deployment({}, { paused: true })], [replicaSet(2), pod()]).state).toBe('ready');
  });

  const refusedSince = (seconds: number, message: string): Fields => ({
    ...{ replicas: 0, updatedReplicas: 0, ...behind },
    conditions: [
      { type: 'ReplicaFailure', status: 'True', message, lastTransitionTime: secondsAgo(seconds) },
    ],
  });

  test.each<[string, number, string, string]>([
    ['by a quota: one may come', 90, 'pods "b" is forbidden: exceeded quota: small', 'waiting'],
    ['for want of an account', 90, 'error looking up service account todo/b: not found', 'waiting'],
    ['by a webhook that does not answer', 90, 'failed calling webhook "x": connection refused', 'waiting'],
    ['by admission, a moment ago', 9, 'pods "b" is forbidden: violates PodSecurity "restricted"', 'waiting'],
    ['by admission, for long', 10, 'pods "b" is forbidden: violates PodSecurity "restricted"', 'failed'],
    ['as invalid', 10, 'Pod "b" is invalid: spec.containers[0].image: Required value', 'failed'],
    ['by a rule of the cluster', 10, 'admission webhook "p.io" denied the request: no', 'failed'],
  ])('whose pods are refused %s', (_title, seconds, message, state) => {
    const verdict = judge([deployment(refusedSince(seconds, message))]);
    expect(verdict.state).toBe(state);
    const told = verdict.failureCause ?? verdict.troubles[0];
    expect(told).toMatchObject({ reason: 'FailedCreate', message });
  });

  test('that has no pod yet does not run', () => {
    expect(judge([deployment(behind)]).isRunning).toBe(false);
  });

  test('is not failed by a sick pod of the revision that it replaces', () => {
    const old = pod({ name: 'backend-1-a', owner: 'rs1', container: waits('CrashLoopBackOff') });
    const fresh = pod({ container: { state: { running: { startedAt: secondsAgo(2) } } } });
    const verdict = judge(
      [deployment({ ...behind, replicas: 2 })],
      [replicaSet(1), replicaSet(2), old, fresh],
    );
    expect(verdict.state).toBe('waiting');
    expect(verdict.pods.unready.map(({ metadata }) => metadata.name)).toEqual(['backend-2-a']);
  });
});

test('a sick pod of a revision before is told apart from the present one', () => {
  const old = pod({ name: 'backend-1-a', owner: 'rs1', container: waits('InvalidImageName') });
  const verdict = judge([deployment({ ...behind, replicas: 2 })], [replicaSet(1), replicaSet(2), old, pod()]);
  expect(verdict.state).toBe('waiting');
});

test('an object of any kind that is not there is named', () => {
  const settings = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', namespace: 'todo' } };
  const verdict = judgeRelease({ declared: [settings], live: [], nowMs: NOW_MS });
  expect(verdict).toMatchObject({
    state: 'waiting',
    missing: ['configmap settings'],
    waitingFor: ['configmap settings: not there'],
    isRunning: false,
  });
});

describe('what is meant to go away', () => {
  const job = { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'migrate', namespace: 'todo' } };
  const passing: [string, ClusterObject][] = [
    ['a Job with a time to live', { ...job, spec: { ttlSecondsAfterFinished: 0 } }],
    [
      'a pod that runs to an end',
      { ...job, apiVersion: 'v1', kind: 'Pod', spec: { restartPolicy: 'Never' } },
    ],
    ['an event', { ...job, apiVersion: 'v1', kind: 'Event' }],
    ['a question to the API server', { ...job, apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview' }],
    [
      'what goes with its owner',
      { ...job, metadata: { ...job.metadata, ownerReferences: [{ kind: 'Pod', name: 'a', uid: 'b' }] } },
    ],
    [
      'a token that expires',
      { ...job, apiVersion: 'v1', kind: 'Secret', type: 'bootstrap.kubernetes.io/token' },
    ],
  ];
  test.each(passing)('%s is not missing, in an outline neither', (_title, object) => {
    for (const declared of [object, outlineOf(object)])
      expect(judgeRelease({ declared: [declared], live: [], nowMs: NOW_MS })).toMatchObject({
        ...{ state: 'ready', missing: [] },
      });
  });

  test('a Job without a time to live is missed, and one that has failed counts while it is there', () => {
    expect(judgeRelease({ declared: [job], live: [], nowMs: NOW_MS }).missing).toEqual(['job migrate']);
    const failed = {
      ...{ ...job, spec: { ttlSecondsAfterFinished: 600 } },
      status: { conditions: [{ type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded' }] },
    };
    expect(judge([failed]).state).toBe('failed');
  });
});
