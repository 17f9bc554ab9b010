// How long a pod is given that does not get ready: as long as its owner says, but where there is no hope.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ClusterObject } from '../../../../src/kubernetes/client/cluster-api.ts';
import type { FailFast } from '../../../../src/kubernetes/readiness/fail-fast.ts';
import { judgeRelease, type Verdict } from '../../../../src/kubernetes/readiness/readiness.ts';
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

const behind: Fields = { readyReplicas: 0, availableReplicas: 0 };
/** Older than anything that is borne for a fixed time. */
const LONG = 3_600;

interface Scene {
  readonly sample: PodSample;
  readonly events?: readonly ClusterObject[];
  readonly beside?: readonly ClusterObject[];
  readonly spec?: Fields;
  readonly declared?: readonly ClusterObject[];
  readonly failFast?: FailFast;
}

function judge({ sample, events = [], beside = [], spec = {}, declared = [], failFast }: Scene): Verdict {
  const backend = deployment(behind, spec);
  const live = [backend, replicaSet(1), replicaSet(2), pod(sample), ...events, ...beside, ...declared];
  return judgeRelease({ declared: [backend, ...declared], live, nowMs: NOW_MS }, failFast);
}

/** A container that ended with this many crashes, the last of which began so long ago. */
function crashed(runs: number, beganSecondsAgo: number, end: Fields = {}): Fields {
  const terminated = { exitCode: 1, reason: 'Error', startedAt: secondsAgo(beganSecondsAgo), ...end };
  return { ...waits('CrashLoopBackOff'), restartCount: runs - 1, lastState: { terminated } };
}

describe('an hour later there is still hope, and the wait says for what', () => {
  const unschedulable = (message: string): Fields => ({
    ...{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message },
    lastTransitionTime: secondsAgo(LONG),
  });
  const running = { started: true, state: { running: { startedAt: secondsAgo(LONG) } } };
  const registry = { containers: [{ name: 'main', image: 'registry.example/web:1' }] };

  test.each<[string, Scene, RegExp]>([
    [
      'for a probe that fails',
      {
        sample: { container: running },
        events: [podEvent('backend-2-a', 'Unhealthy', 'Readiness probe failed: HTTP 503')],
      },
      /pod backend-2-a: readiness probe failed: HTTP 503/,
    ],
    [
      'for an image that a registry did not give',
      {
        sample: { spec: registry, container: waits('ImagePullBackOff', 'Back-off pulling image') },
        events: [podEvent('backend-2-a', 'Failed', 'Failed to pull image "x": i/o timeout')],
      },
      /failed to pull image "x": i\/o timeout/,
    ],
    [
      'for an image that is not pushed yet',
      { sample: { spec: registry, container: waits('ErrImagePull', 'manifest unknown: not found') } },
      /manifest unknown: not found/,
    ],
    [
      'for a ConfigMap that is not there',
      { sample: { container: waits('CreateContainerConfigError', 'configmap "web" not found') } },
      /configmap "web" not found/,
    ],
    [
      'for a key that is not there',
      {
        sample: {
          container: waits('CreateContainerConfigError', "couldn't find key url in Secret todo/web"),
        },
      },
      /couldn't find key url in Secret todo\/web/,
    ],
    [
      'for a runtime that is busy',
      { sample: { container: waits('CreateContainerError', 'context deadline exceeded') } },
      /context deadline exceeded/,
    ],
    [
      'for a volume that is not there',
      {
        sample: { container: waits('ContainerCreating') },
        events: [podEvent('backend-2-a', 'FailedMount', 'MountVolume.SetUp failed: secret "x" not found')],
      },
      /mountVolume.SetUp failed: secret "x" not found/i,
    ],
    [
      'for room on a node',
      {
        sample: {
          ...{ phase: 'Pending', container: {} },
          conditions: [
            unschedulable(
              '0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.',
            ),
          ],
        },
      },
      /1 Insufficient cpu/,
    ],
    [
      'for a node with a label',
      {
        sample: {
          ...{ phase: 'Pending', container: {} },
          conditions: [
            unschedulable(
              "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector. preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.",
            ),
          ],
        },
      },
      /didn't match Pod's node affinity/,
    ],
    [
      'for an image on its way',
      {
        sample: { container: waits('ContainerCreating') },
        events: [podEvent('backend-2-a', 'Pulling', 'Pulling image "registry.example/web:1"')],
      },
      /pod backend-2-a: image being pulled: registry\.example\/web:1/,
    ],
  ])('%s', (_title, scene, text) => {
    const verdict = judge({ ...scene, sample: { ...scene.sample, ageSeconds: LONG } });
    expect(verdict).toMatchObject({ state: 'waiting', waitingFor: [expect.stringMatching(text)] });
  });

  test('for its init container', () => {
    const sick = pod({ container: waits('PodInitializing'), ageSeconds: LONG });
    const init = { name: 'wait', ready: false, started: true, state: { running: {} } };
    const status = { ...(sick['status'] as Fields), initContainerStatuses: [init] };
    const live = [deployment(behind), replicaSet(2), { ...sick, status }];
    expect(judgeRelease({ declared: [deployment(behind)], live, nowMs: NOW_MS })).toMatchObject({
      state: 'waiting',
      waitingFor: [expect.stringContaining('(pod backend-2-a: its init container wait runs)')],
    });
  });

  test('a message of many lines is told by its first one', () => {
    const container = waits('CreateContainerError', `first\n${'x'.repeat(5_000)}`);
    const [text] = judge({ sample: { container } }).waitingFor;
    expect(text).toMatch(/first\)$/);
  });
});

describe('there is no hope for', () => {
  const local = { containers: [{ name: 'main', image: 'slipway.local/todo/web:sha-1' }] };
  const tooLarge =
    '0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.';

  test.each<[string, PodSample, string]>([
    ['an image that must not be pulled', { container: waits('ErrImageNeverPull') }, 'ErrImageNeverPull'],
    ['an image without a valid name', { container: waits('InvalidImageName') }, 'InvalidImageName'],
    [
      'an image of our own that is not in the node',
      { ageSeconds: 10, spec: local, container: waits('ImagePullBackOff') },
      'ImagePullBackOff',
    ],
    [
      'an image that runs as root where it must not',
      {
        ageSeconds: 10,
        container: waits(
          'CreateContainerConfigError',
          'container has runAsNonRoot and image will run as root',
        ),
      },
      'CreateContainerConfigError',
    ],
    [
      'an image without a command',
      { ageSeconds: 10, container: waits('CreateContainerError', 'no command specified') },
      'CreateContainerError',
    ],
    [
      'a pod that is larger than any node',
      {
        ...{ phase: 'Pending', container: {} },
        conditions: [
          {
            ...{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: tooLarge },
            lastTransitionTime: secondsAgo(10),
          },
        ],
      },
      'Unschedulable',
    ],
    ['a crash that goes on', { ageSeconds: 15, container: crashed(3, 1) }, 'CrashLoopBackOff'],
    [
      'what goes on to need more memory than it may have',
      { ageSeconds: 15, container: crashed(3, 1, { exitCode: 137, reason: 'OOMKilled' }) },
      'OOMKilled',
    ],
    [
      'a program that cannot even be started',
      {
        ageSeconds: 15,
        container: crashed(3, 1, {
          ...{ exitCode: 128, reason: 'StartError' },
          ...{ startedAt: '1970-01-01T00:00:00Z', finishedAt: secondsAgo(1) },
        }),
      },
      'CrashLoopBackOff',
    ],
  ])('%s, unless the owner wants to wait', (_title, sample, reason) => {
    expect(judge({ sample })).toMatchObject({
      state: 'failed',
      failureCause: { workload: 'deployment backend', namespace: 'todo', pod: 'backend-2-a', reason },
    });
    expect(judge({ sample, failFast: false })).toMatchObject({ state: 'waiting', troubles: [{ reason }] });
  });

  test('a pod that nobody starts again, whatever the owner wants', () => {
    const lone = pod({ phase: 'Failed', container: {} });
    delete lone.metadata.ownerReferences;
    const verdict = judgeRelease({ declared: [lone], live: [lone], nowMs: NOW_MS }, false);
    expect(verdict.failureCause).toMatchObject({ reason: 'PodFailed' });
  });
});

describe('a container that crashes', () => {
  const database = (readyFor: number | undefined): ClusterObject[] => {
    const name = 'database';
    const set: ClusterObject = {
      ...{ apiVersion: 'apps/v1', kind: 'StatefulSet' },
      metadata: { name, namespace: 'todo', uid: name, generation: 1 },
      spec: { replicas: 1 },
      status: { observedGeneration: 1, updateRevision: 'r', replicas: 1, updatedReplicas: 1 },
    };
    const status = readyFor === undefined ? 'False' : 'True';
    const ready = { type: 'Ready', status, lastTransitionTime: secondsAgo(readyFor ?? 1) };
    const labels = { 'controller-revision-hash': 'r' };
    return [set, pod({ name: 'database-0', owner: name, labels, conditions: [ready], ageSeconds: LONG })];
  };
  const beside = (readyFor: number | undefined, container: Fields, failFast?: FailFast): string => {
    const [set, first] = database(readyFor);
    const scene = { sample: { ageSeconds: LONG, container }, declared: [set!], beside: [first!] };
    return judge({ ...scene, ...(failFast === undefined ? {} : { failFast }) }).state;
  };

  test.each<[string, PodSample]>([
    ['once', { container: crashed(1, 1) }],
    ['twice, while a database comes up', { ageSeconds: 30, container: crashed(2, 1) }],
    ['three times in its first seconds', { ageSeconds: 8, container: crashed(3, 1) }],
    [
      'three times, and runs again',
      { ageSeconds: LONG, container: { ...crashed(3, 60), state: { running: {} } } },
    ],
    [
      'because its node was stopped again and again',
      {
        ageSeconds: LONG,
        container: {
          ...crashed(9, 1, { exitCode: 255, reason: 'Unknown' }),
          ...waits('ContainerCreating'),
        },
      },
    ],
  ])('%s is waited for', (_title, sample) => {
    expect(judge({ sample }).state).toBe('waiting');
  });

  test('goes on while another workload of the release is on its way', () => {
    expect(beside(undefined, crashed(7, 1))).toBe('waiting');
  });

  test('goes on when its last run began before the other one was long ready', () => {
    expect(beside(20, crashed(7, 15))).toBe('waiting');
    expect(beside(20, crashed(7, 10))).toBe('failed');
  });

  test('goes on while the pod before it is on its way out: it may hold a lock', () => {
    const old = pod({ name: 'backend-1-a', owner: 'rs1' });
    old.metadata.deletionTimestamp = secondsAgo(1);
    const sample = { ageSeconds: LONG, container: crashed(7, 1) };
    expect(judge({ sample, beside: [old] }).state).toBe('waiting');
  });

  test('does not wait for another one that crashes, too', () => {
    const [set] = database(undefined);
    const labels = { 'controller-revision-hash': 'r' };
    const sick = pod({ name: 'database-0', owner: 'database', labels, container: crashed(5, 1) });
    const sample = { ageSeconds: LONG, container: crashed(5, 1) };
    expect(judge({ sample, declared: [set!], beside: [sick] }).state).toBe('failed');
  });

  test('is given up on by the numbers of its owner', () => {
    const sample = { ageSeconds: 3, container: crashed(1, 1) };
    expect(judge({ sample, failFast: { crashes: 1, afterSeconds: 0 } }).state).toBe('failed');
    expect(beside(LONG, crashed(5, 1), { crashes: 6, afterSeconds: 0 })).toBe('waiting');
  });

  test('is never given up on before both numbers are reached', () => {
    const numbers = fc.record({
      crashes: fc.integer({ min: 1, max: 8 }),
      afterSeconds: fc.integer({ min: 0, max: 60 }),
      runs: fc.integer({ min: 1, max: 10 }),
      readyFor: fc.integer({ min: 0, max: 90 }),
      beganAgo: fc.integer({ min: 0, max: 90 }),
    });
    fc.assert(
      fc.property(numbers, ({ crashes, afterSeconds, runs, readyFor, beganAgo }) => {
        const isReached = runs >= crashes && readyFor - beganAgo >= afterSeconds;
        const state = beside(readyFor, crashed(runs, beganAgo), { crashes, afterSeconds });
        expect(state).toBe(isReached ? 'failed' : 'waiting');
      }),
    );
  });
});

describe('a new pod whose place the old one has', () => {
  const noPort =
    "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports. preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.";
  const sample: PodSample = {
    ...{ phase: 'Pending', container: {}, ageSeconds: LONG },
    conditions: [
      {
        ...{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: noPort },
        lastTransitionTime: secondsAgo(LONG),
      },
    ],
  };
  const old = (isLeaving: boolean): ClusterObject => {
    const found = pod({ name: 'backend-1-a', owner: 'rs1' });
    if (isLeaving) found.metadata.deletionTimestamp = secondsAgo(5);
    return found;
  };

  test('waits for its end', () => {
    const verdict = judge({ sample, beside: [old(true)], spec: { strategy: { type: 'Recreate' } } });
    expect(verdict.state).toBe('waiting');
    expect(verdict.waitingFor[0]).toContain('it waits for pod backend-1-a to end');
  });

  test('in a rollout that takes none away before waits to the deadline, and the remedy is told', () => {
    const verdict = judge({ sample, beside: [old(false)] });
    expect(verdict.troubles).toMatchObject([{ reason: 'PlaceTaken', pod: 'backend-2-a' }]);
    expect(verdict.state).toBe('waiting');
    expect(verdict.waitingFor[0]).toContain('backend-1-a of the version before has its place');
  });

  test.each<[Fields, string]>([
    [{}, 'PlaceTaken'],
    [{ strategy: { rollingUpdate: { maxUnavailable: 0 } } }, 'PlaceTaken'],
    [{ replicas: 3 }, 'PlaceTaken'],
    [{ replicas: 4 }, 'Unschedulable'],
    [{ strategy: { rollingUpdate: { maxUnavailable: 1 } } }, 'Unschedulable'],
    [{ strategy: { rollingUpdate: { maxUnavailable: '100%' } } }, 'Unschedulable'],
  ])('%j: %s', (spec, reason) => {
    expect(judge({ sample, beside: [old(false)], spec }).troubles[0]).toMatchObject({ reason });
  });

  test('for which no old one is to blame is only not schedulable', () => {
    expect(judge({ sample }).troubles).toMatchObject([{ reason: 'Unschedulable' }]);
  });

  test('by a volume that is attached elsewhere is told alike', () => {
    const event = podEvent('backend-2-a', 'FailedAttachVolume', 'Multi-Attach error for volume "pvc"');
    const creating = { ageSeconds: LONG, container: waits('ContainerCreating') };
    const verdict = judge({ sample: creating, events: [event], beside: [old(false)] });
    expect(verdict).toMatchObject({ state: 'waiting', troubles: [{ reason: 'PlaceTaken' }] });
  });
});
