import { expect, test } from 'vitest';
import { nodesProblem, podProblems, rolloutProblem } from '../../../src/cluster/cluster-readiness.ts';
import type { ClusterObject } from '../../../src/kubernetes/client/cluster-api.ts';

const deployment = (generation: number, status: object): ClusterObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', generation },
  spec: { replicas: 2 },
  status,
});
const whole = { observedGeneration: 2, replicas: 2, updatedReplicas: 2, availableReplicas: 2 };
const pod = (status: object): ClusterObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web-1' },
  status,
});

test('a rollout is complete when every replica of the present generation is available', () => {
  expect(rolloutProblem('web', deployment(2, whole))).toBe('');
});

test.each([
  ['is not there yet', undefined],
  ['has not been looked at yet', deployment(3, whole)],
  ['0 of 2 pods are of the present version', deployment(2, { observedGeneration: 2 })],
  ['1 pods of the version before are left', deployment(2, { ...whole, replicas: 3 })],
  ['1 of 2 pods are available', deployment(2, { ...whole, availableReplicas: 1 })],
])('a rollout that %s is not complete', (problem, object) => {
  expect(rolloutProblem('web', object)).toContain(problem);
});

test('a cluster without nodes is not ready, and neither is a node that never reported', () => {
  expect(nodesProblem([])).toBe('no node has registered yet');
  const node: ClusterObject = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'a' } };
  expect(nodesProblem([node])).toBe('node a is not ready: it has not reported yet');
});

test('pods are explained by what they wait for', () => {
  const waiting = {
    state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 10s' } },
    ready: false,
  };
  const unscheduled = { type: 'PodScheduled', status: 'False', message: '0/1 nodes fit' };
  expect(podProblems([pod({ containerStatuses: [waiting] })])).toEqual([
    'web-1: CrashLoopBackOff, back-off 10s',
  ]);
  expect(podProblems([pod({ conditions: [unscheduled] })])).toEqual(['web-1: not scheduled, 0/1 nodes fit']);
  expect(podProblems([pod({ phase: 'Pending' })])).toEqual(['web-1: Pending, not ready']);
  expect(podProblems([pod({ phase: 'Running', containerStatuses: [{ ready: true }] })])).toEqual([]);
});
