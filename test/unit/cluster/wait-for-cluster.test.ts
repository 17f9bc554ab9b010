import { beforeEach, expect, test } from 'vitest';
import { waitForCluster } from '../../../src/cluster/wait-for-cluster.ts';
import { Failure } from '../../../src/failure.ts';
import { ApiStatus } from '../../../src/kubernetes/client/api-status.ts';
import type { ClusterApi, ClusterObject } from '../../../src/kubernetes/client/cluster-api.ts';
import type { Progress } from '../../../src/task.ts';

type Look = (objects: ClusterObject[]) => void;

/** A cluster whose objects change a little with each call, as the test says. */
class ChangingCluster {
  readonly objects: ClusterObject[] = [];
  readonly failures: Failure[] = [];
  readonly changes: Look[] = [];

  readonly api = {
    identity: async () => this.#answer('uid'),
    get: async ({ kind, name }: { kind: string; name: string }) =>
      this.#answer(this.objects.find((object) => object.kind === kind && object.metadata.name === name)),
    list: async ({ kind }: { kind: string }) =>
      this.#answer(this.objects.filter((object) => object.kind === kind)),
  } as unknown as ClusterApi;

  async #answer<T>(value: T): Promise<T> {
    const failure = this.failures.shift();
    if (failure !== undefined) throw failure;
    this.changes.shift()?.(this.objects);
    return value;
  }
}

let cluster: ChangingCluster;
let reports: Progress[];
const controller = new AbortController();
const task = { signal: controller.signal, report: (progress: Progress) => void reports.push(progress) };
const quick = { deadlineMs: 40, pollMs: 1 };

const node = (status: string): ClusterObject => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'todo-control-plane' },
  status: { conditions: [{ type: 'Ready', status, message: 'container runtime is down' }] },
});
const deployment = (name: string, available: number, wanted = 1): ClusterObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, generation: 1 },
  spec: { replicas: wanted },
  status: {
    observedGeneration: 1,
    replicas: wanted,
    updatedReplicas: wanted,
    availableReplicas: available,
  },
});
const storageClass = (provisioner: string, isDefault = 'true'): ClusterObject => ({
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'standard', annotations: { 'storageclass.kubernetes.io/is-default-class': isDefault } },
  provisioner,
});
const ready = (): ClusterObject[] => [
  node('True'),
  deployment('coredns', 2, 2),
  deployment('local-path-provisioner', 1),
  storageClass('rancher.io/local-path'),
];
const refusal = (status: number): Failure =>
  new Failure('cluster', `status ${status}`, { cause: new ApiStatus(status, '', `status ${status}`) });

beforeEach(() => {
  cluster = new ChangingCluster();
  reports = [];
});

test('a cluster that can be used is waited for no longer than the looks take', async () => {
  cluster.objects.push(...ready());
  await expect(waitForCluster(cluster.api, task, quick)).resolves.toBeUndefined();
  expect(reports).toEqual([]);
});

test('an API that does not answer yet is asked again', async () => {
  cluster.objects.push(...ready());
  cluster.failures.push(refusal(0), refusal(503));
  await waitForCluster(cluster.api, task, quick);
  expect(reports[0]?.text).toMatch(/^waiting for the API: the API does not answer/);
});

test('an API that refuses us is not asked again', async () => {
  cluster.failures.push(refusal(401));
  await expect(waitForCluster(cluster.api, task, quick)).rejects.toMatchObject({ message: 'status 401' });
});

test('each stage passes once its objects are ready, and says what it waits for', async () => {
  const [, ...others] = ready();
  cluster.objects.push(node('False'), ...others);
  // The identity, then twice the nodes.
  cluster.changes.push(
    () => {},
    () => {},
    (objects) => objects.splice(0, 1, node('True')),
  );
  await waitForCluster(cluster.api, task, quick);
  expect(reports.map((report) => report.text)).toEqual([
    'waiting for the nodes: node todo-control-plane is not ready: container runtime is down',
  ]);
});

test('a deadline that passes is a failure with the last state and the pods that explain it', async () => {
  cluster.objects.push(...ready().filter((object) => object.metadata.name !== 'coredns'));
  cluster.objects.push(deployment('coredns', 1, 2), {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'coredns-1' },
    status: { containerStatuses: [{ ready: false, state: { waiting: { reason: 'ImagePullBackOff' } } }] },
  });
  await expect(waitForCluster(cluster.api, task, quick)).rejects.toMatchObject({
    code: 'timeout',
    message: 'cluster DNS did not get ready within 0 s: deployment coredns: 1 of 2 pods are available',
    details: ['coredns-1: ImagePullBackOff'],
  });
});

test('without a default storage class the cluster does not count as ready', async () => {
  const others = ready().filter((object) => object.kind !== 'StorageClass');
  cluster.objects.push(...others, storageClass('rancher.io/local-path', 'false'));
  await expect(waitForCluster(cluster.api, task, quick)).rejects.toMatchObject({
    message: expect.stringContaining('there is no default storage class yet'),
  });
});

test('of a provisioner that is not known only the storage class is asked for', async () => {
  cluster.objects.push(node('True'), deployment('coredns', 2, 2), storageClass('example.com/disk'));
  await expect(waitForCluster(cluster.api, task, quick)).resolves.toBeUndefined();
});

test('a cancelled wait ends at once', async () => {
  const cancel = new AbortController();
  const waiting = waitForCluster(
    cluster.api,
    { signal: cancel.signal, report: () => cancel.abort(new Failure('interrupted', 'cancelled')) },
    { deadlineMs: 60_000, pollMs: 60_000 },
  );
  await expect(waiting).rejects.toMatchObject({ code: 'interrupted' });
});
