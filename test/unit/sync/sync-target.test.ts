// Which containers files go to.

import { describe, expect, test } from 'vitest';
import type { ClusterObject } from '../../../src/kubernetes/client/cluster-api.ts';
import { findSyncTarget, runningContainers, type SyncTarget } from '../../../src/sync/sync-target.ts';

const workload = (container: object): ClusterObject => ({
  ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'ns' } },
  spec: {
    selector: { matchLabels: { app: 'web' } },
    template: { spec: { containers: [{ name: 'side', image: 'side:1' }, container] } },
  },
});
const main = {
  ...{ name: 'main', image: 'web:1', ports: [{ containerPort: 8000 }] },
  volumeMounts: [{ mountPath: '/tmp' }, { mountPath: '/slipway' }],
};
const target: SyncTarget = {
  ...{ namespace: 'ns', labels: { app: 'web' }, container: 'main', image: 'web:1', port: 8000 },
};

describe('the target of a release', () => {
  test('is the container that runs the image and has the volume', () => {
    const service: ClusterObject = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace: 'ns' },
    };
    expect(findSyncTarget([service, workload(main)], 'web:1')).toEqual(target);
  });

  test('has no port where the chart names none', () => {
    const { ports: _, ...portless } = main;
    expect(findSyncTarget([workload(portless)], 'web:1')).toEqual({ ...target, port: undefined });
  });

  const job: ClusterObject = {
    ...{ apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'night', namespace: 'ns' } },
    spec: {
      jobTemplate: { spec: { template: { spec: { containers: [{ name: 'night', image: 'web:1' }] } } } },
    },
  };
  test.for([
    ['without the volume', [workload({ ...main, volumeMounts: [] })], 'web:1', 'mounts no volume'],
    ['with another image', [workload(main)], 'web:2', 'no workload of its chart runs the image'],
    ['that is not the only one', [workload(main), job], 'web:1', 'several containers'],
  ] as const)('is none %s', ([, manifest, image, problem]) => {
    expect(findSyncTarget(manifest, image)).toEqual({ problem: expect.stringContaining(problem) });
  });
});

describe('of the pods of a namespace', () => {
  const pod = (changes: {
    labels?: Record<string, string>;
    image?: string;
    state?: object;
    isLeaving?: boolean;
  }): ClusterObject => ({
    ...{ apiVersion: 'v1', kind: 'Pod' },
    metadata: {
      ...{ name: 'web-1', namespace: 'ns', labels: changes.labels ?? { app: 'web', more: 'x' } },
      ...(changes.isLeaving ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
    },
    spec: { containers: [{ name: 'main', image: changes.image ?? 'web:1' }] },
    status: {
      containerStatuses: [
        { name: 'main', containerID: 'containerd://1', state: changes.state ?? { running: {} } },
      ],
    },
  });

  test('those that run the image count', () => {
    expect(runningContainers(target, [pod({})])).toEqual([{ pod: 'web-1', id: 'containerd://1' }]);
  });

  test.for([
    ['another release', { labels: { app: 'other' } }],
    ['another version', { image: 'web:2' }],
    ['one that waits', { state: { waiting: { reason: 'CrashLoopBackOff' } } }],
    ['one on its way out', { isLeaving: true }],
  ] as const)('%s does not', ([, changes]) => {
    expect(runningContainers(target, [pod(changes)])).toEqual([]);
  });

  test('one without a status, and one whose container has no id yet, do not either', () => {
    const { status: _, ...fresh } = pod({});
    expect(runningContainers(target, [fresh])).toEqual([]);
  });
});
