// What makes workloads other than deployments, services and claims ready.
import { describe, expect, test } from 'vitest';
import type { ClusterObject } from '../../../../src/kubernetes/client/cluster-api.ts';
import { judgeRelease, type Verdict } from '../../../../src/kubernetes/readiness/readiness.ts';
import { deployment, type Fields, NOW_MS, pod, replicaSet, secondsAgo, waits } from './release-samples.ts';

function object(apiVersion: string, kind: string, name: string, fields: Fields): ClusterObject {
  const metadata = { name, namespace: 'todo', uid: name, generation: 1, creationTimestamp: secondsAgo(5) };
  return { apiVersion, kind, metadata, ...fields };
}

function judge(declared: ClusterObject[], others: ClusterObject[] = []): Verdict {
  return judgeRelease({ declared, live: [...declared, ...others], nowMs: NOW_MS });
}

describe('a stateful set', () => {
  const set = (status: Fields): ClusterObject =>
    object('apps/v1', 'StatefulSet', 'postgres', {
      spec: { replicas: 1 },
      status: { observedGeneration: 1, updateRevision: 'new', replicas: 1, ...status },
    });
  const sick = (revision: string): ClusterObject =>
    pod({
      name: 'postgres-0',
      owner: 'postgres',
      labels: { 'controller-revision-hash': revision },
      container: waits('InvalidImageName'),
    });

  test('is ready when all pods are updated and ready', () => {
    expect(judge([set({ updatedReplicas: 1, readyReplicas: 1 })]).state).toBe('ready');
  });

  test('waits for the update of its pods, whatever ails the old one', () => {
    expect(judge([set({ updatedReplicas: 0, readyReplicas: 0 })], [sick('old')])).toMatchObject({
      state: 'waiting',
      waitingFor: ['statefulset postgres: 0 of 1 pods updated'],
    });
  });

  test('fails with the pod of its update revision', () => {
    const verdict = judge([set({ updatedReplicas: 1, readyReplicas: 0 })], [sick('new')]);
    expect(verdict.failureCause).toMatchObject({ workload: 'statefulset postgres', pod: 'postgres-0' });
  });
});

test('a daemon set waits until every node has an available pod', () => {
  const status = {
    observedGeneration: 1,
    desiredNumberScheduled: 2,
    updatedNumberScheduled: 2,
    numberAvailable: 1,
  };
  expect(judge([object('apps/v1', 'DaemonSet', 'agent', { status })]).waitingFor).toEqual([
    'daemonset agent: 1 of 2 pods ready',
  ]);
});

describe('a workload whose pods are refused, which only events tell', () => {
  const event = (object: ClusterObject, reason: string, ageSeconds: number): ClusterObject => ({
    ...{ apiVersion: 'v1', kind: 'Event', metadata: { name: `${reason}-${ageSeconds}`, namespace: 'todo' } },
    ...{
      reason,
      message: 'create Pod x failed: exceeded quota: small',
      lastTimestamp: secondsAgo(ageSeconds),
    },
    ...{ firstTimestamp: secondsAgo(60), involvedObject: { kind: object.kind, uid: object.metadata.uid } },
  });
  const spec = { replicas: 1 };
  const kinds = [
    object('apps/v1', 'StatefulSet', 'db', { spec, status: { observedGeneration: 1 } }),
    object('apps/v1', 'DaemonSet', 'db', {
      status: { observedGeneration: 1, desiredNumberScheduled: 1 },
    }),
    object('batch/v1', 'Job', 'db', { spec: {}, status: {} }),
  ];

  test.each(kinds)('$kind', (workload) => {
    const verdict = judge([workload], [event(workload, 'FailedCreate', 5)]);
    expect(verdict.state).toBe('waiting');
    expect(verdict.waitingFor[0]).toContain('exceeded quota: small');
    const made = [event(workload, 'FailedCreate', 5), event(workload, 'SuccessfulCreate', 1)];
    expect(judge([workload], made).waitingFor[0]).not.toContain('quota');
  });
});

describe('a job', () => {
  const job = (status: Fields): ClusterObject => object('batch/v1', 'Job', 'migrate', { spec: {}, status });

  test.each<[string, Fields, string]>([
    ['is complete', { conditions: [{ type: 'Complete', status: 'True' }] }, 'ready'],
    ['is under way', { active: 1 }, 'waiting'],
    ['has given up', { conditions: [{ type: 'Failed', status: 'True', message: 'too often' }] }, 'failed'],
  ])('that %s', (_title, status, state) => {
    expect(judge([job(status)]).state).toBe(state);
  });

  test('that has given up names its last pod', () => {
    const failed = pod({ name: 'migrate-1', owner: 'migrate', phase: 'Failed', container: {} });
    const conditions = [{ type: 'Failed', status: 'True', message: 'too often' }];
    expect(judge([job({ conditions })], [failed]).failureCause).toMatchObject({
      reason: 'JobFailed',
      pod: 'migrate-1',
    });
  });
});

describe('a service', () => {
  const service = (spec: Fields): ClusterObject => object('v1', 'Service', 'backend', { spec });
  const slice = (ready: boolean): ClusterObject => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'backend-x', namespace: 'todo', labels: { 'kubernetes.io/service-name': 'backend' } },
    endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready } }],
  });
  const selector = { app: 'backend' };

  test.each<[string, Fields, ClusterObject[], string]>([
    ['with a ready endpoint is ready', { selector }, [slice(true)], 'ready'],
    ['whose endpoint takes no traffic is waited for', { selector }, [slice(false)], 'waiting'],
    ['without any endpoint is waited for', { selector }, [], 'waiting'],
    ['without a selector is ready', {}, [], 'ready'],
    ['for the pods of somebody else is ready', { selector: { app: 'other' } }, [], 'ready'],
  ])('%s', (_title, spec, slices, state) => {
    expect(judge([service(spec), deployment()], [replicaSet(2), pod(), ...slices]).state).toBe(state);
  });
});

describe('a claim', () => {
  const claim = (phase: string): ClusterObject =>
    object('v1', 'PersistentVolumeClaim', 'data', {
      spec: { storageClassName: 'standard' },
      status: { phase },
    });
  const storage = (volumeBindingMode: string): ClusterObject => ({
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: 'standard' },
    volumeBindingMode,
  });
  const user = pod({ spec: { volumes: [{ persistentVolumeClaim: { claimName: 'data' } }] } });

  test.each<[string, ClusterObject, ClusterObject[], string]>([
    ['that is bound', claim('Bound'), [], 'ready'],
    ['that is pending', claim('Pending'), [storage('Immediate')], 'waiting'],
    ['that waits for a pod, and there is none', claim('Pending'), [storage('WaitForFirstConsumer')], 'ready'],
    [
      'that waits for a pod that is there',
      claim('Pending'),
      [storage('WaitForFirstConsumer'), user],
      'waiting',
    ],
    ['that lost its volume', claim('Lost'), [], 'failed'],
  ])('%s', (_title, declared, others, state) => {
    expect(judge([declared], others).state).toBe(state);
  });
});
