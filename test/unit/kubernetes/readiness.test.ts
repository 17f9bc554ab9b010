import { describe, expect, test } from 'vitest';
import type { ClusterObject } from '../../../scripts/kubernetes/cluster-api.ts';
import { judgeRelease, type Verdict } from '../../../scripts/kubernetes/readiness.ts';
import {
  deployment,
  type Fields,
  NOW_MS,
  pod,
  podEvent,
  type PodSample,
  replicaSet,
  secondsAgo,
  waits,
} from './release-samples.ts';

function judge(declared: ClusterObject[], others: ClusterObject[] = []): Verdict {
  return judgeRelease({ declared, live: [...declared, ...others], nowMs: NOW_MS });
}

const behind: Fields = { readyReplicas: 0, availableReplicas: 0 };

function judgePod(sample: PodSample, ...events: ClusterObject[]): Verdict {
  return judge([deployment(behind)], [replicaSet(2), pod(sample), ...events]);
}

describe('a deployment', () => {
  test('is ready when its rollout is complete', () => {
    expect(judge([deployment()], [replicaSet(2), pod()])).toEqual({
      state: 'ready',
      waitingFor: [],
      missing: [],
      isRunning: true,
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

  test('has failed when it says that its deadline passed', () => {
    const conditions = [
      { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: 'late' },
    ];
    expect(judge([deployment({ ...behind, conditions })]).culprit).toEqual({
      workload: 'deployment backend',
      namespace: 'todo',
      reason: 'ProgressDeadlineExceeded',
      message: 'late',
    });
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

describe('a pod of the present revision', () => {
  const crashed = { terminated: { exitCode: 1, reason: 'Error' } };

  test.each<[string, PodSample, string]>([
    ['whose image must not be pulled', { container: waits('ErrImageNeverPull') }, 'ErrImageNeverPull'],
    ['whose image has no valid name', { container: waits('InvalidImageName') }, 'InvalidImageName'],
    ['whose image pull is backed off', { container: waits('ImagePullBackOff') }, 'ImagePullBackOff'],
    [
      'whose image pull fails for long',
      { ageSeconds: 16, container: waits('ErrImagePull') },
      'ImagePullBackOff',
    ],
    [
      'whose Secret kubelet does not get for long',
      {
        ageSeconds: 11,
        container: waits(
          'CreateContainerConfigError',
          'failed to sync secret cache: timed out waiting for the condition',
        ),
      },
      'CreateContainerConfigError',
    ],
    ['that lacks a Secret', { container: waits('CreateContainerConfigError') }, 'CreateContainerConfigError'],
    [
      'in a crash loop',
      { container: { ...waits('CrashLoopBackOff'), lastState: crashed } },
      'CrashLoopBackOff',
    ],
    [
      'that runs again after two crashes',
      { container: { restartCount: 2, state: { running: {} }, lastState: crashed } },
      'CrashLoopBackOff',
    ],
    [
      'that was killed for its memory again and again',
      {
        container: {
          ...waits('CrashLoopBackOff'),
          lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } },
        },
      },
      'OOMKilled',
    ],
  ])('%s fails the release', (_title, sample, reason) => {
    const verdict = judgePod(sample);
    expect(verdict).toMatchObject({
      state: 'failed',
      culprit: {
        workload: 'deployment backend',
        namespace: 'todo',
        pod: 'backend-2-a',
        container: 'main',
        reason,
      },
    });
  });

  test.each<[string, PodSample]>([
    ['whose first pull failed', { container: waits('ErrImagePull') }],
    [
      'whose Secret kubelet has not got yet',
      {
        container: waits(
          'CreateContainerConfigError',
          'failed to sync secret cache: timed out waiting for the condition',
        ),
      },
    ],
    ['whose container is being made', { container: waits('ContainerCreating') }],
    ['that crashed once', { container: { restartCount: 1, state: { running: {} }, lastState: crashed } }],
    [
      'whose node was restarted again and again',
      {
        container: {
          restartCount: 5,
          state: { running: {} },
          lastState: { terminated: { exitCode: 255, reason: 'Unknown' } },
        },
      },
    ],
  ])('%s is given time', (_title, sample) => {
    expect(judgePod(sample).state).toBe('waiting');
  });

  test('that is on its way out does not fail the release', () => {
    const leaving = pod({ container: waits('CrashLoopBackOff') });
    leaving.metadata.deletionTimestamp = secondsAgo(1);
    expect(judge([deployment(behind)], [replicaSet(2), leaving]).state).toBe('waiting');
  });

  test.each([
    [9, 'waiting'],
    [10, 'failed'],
  ])('that no node takes for %d s: %s', (seconds, state) => {
    const unschedulable = {
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      message: '0/1 nodes are available: insufficient memory',
      lastTransitionTime: secondsAgo(seconds),
    };
    expect(judgePod({ phase: 'Pending', container: {}, conditions: [unschedulable] }).state).toBe(state);
  });

  const unhealthy = podEvent('backend-2-a', 'Unhealthy', 'Readiness probe failed: HTTP 503');
  const runningFor = (seconds: number): Fields => ({
    started: true,
    state: { running: { startedAt: secondsAgo(seconds) } },
  });

  test('whose probe fails for a minute fails the release with the words of the probe', () => {
    expect(judgePod({ container: runningFor(60) }, unhealthy).culprit).toMatchObject({
      container: 'main',
      reason: 'ProbeFailing',
      message: 'Readiness probe failed: HTTP 503',
    });
  });

  test.each<[string, PodSample, ClusterObject[]]>([
    ['for less than a minute', { container: runningFor(59) }, [unhealthy]],
    ['without a failing probe', { container: runningFor(90) }, []],
    [
      'since a moment, after it was ready for long',
      {
        container: runningFor(900),
        conditions: [{ type: 'ContainersReady', status: 'False', lastTransitionTime: secondsAgo(5) }],
      },
      [unhealthy],
    ],
    [
      'within the patience of its startup probe',
      {
        container: { ...runningFor(90), started: false },
        spec: { containers: [{ name: 'main', startupProbe: {} }] },
      },
      [unhealthy],
    ],
  ])('that is not ready %s is given time', (_title, sample, events) => {
    expect(judgePod(sample, ...events).state).toBe('waiting');
  });
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
