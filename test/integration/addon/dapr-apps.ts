// Starts two small apps with sidecars and a Redis in a cluster that has Dapr.

import { baseImageArtifacts } from '../../../src/packages/base-images.ts';
import type { ClusterApi, ClusterObject } from '../../../src/kubernetes/client/cluster-api.ts';
import { ensureNamespace } from '../../../src/kubernetes/ensure-namespace.ts';
import { waitForRelease } from '../../../src/kubernetes/readiness/wait-for-release.ts';
import type { Task } from '../../../src/task.ts';
import type { Artifact } from '../../../src/packages/artifact.ts';
import { type AddonCluster, makeArtifacts } from './addon-cluster.ts';
import { app, type AppImages, daprReleases, redis } from './dapr-app-objects.ts';

export const daprAppsNamespace = 'it-dapr';
/** Their app ids. */
export const everybody = ['publisher', 'subscriber'];

/** Resolves when all of them are ready. */
export async function startDaprApps(cluster: AddonCluster, signal: AbortSignal): Promise<void> {
  const { api, tools, nodes } = cluster;
  const task: Task = { signal, report: () => {} };
  const images = await appImages(cluster, task);
  if (images.pullPolicy === 'Never')
    await tools.loader.load({ references: [images.node, images.redis], nodes }, task);
  await ensureNamespace({ api, name: daprAppsNamespace, environment: 'todo' }, signal);
  const keep = redis(daprAppsNamespace, images);
  for (const object of keep) await api.apply(object, { signal });
  // A sidecar ends when its component's Redis does not answer: it comes first, or they would back off.
  const deployments = keep.filter(({ kind }) => kind === 'Deployment');
  await Promise.all([
    applyDaprCharts(cluster, everybody, signal),
    waitForRelease({ api, manifest: deployments, namespace: daprAppsNamespace, deadlineMs: 120_000 }, task),
  ]);
  for (const name of everybody) await api.apply(app(name, daprAppsNamespace, images), { signal });
  await untilAppsReady(api, signal);
}

/** With these app ids as those that may use the pub/sub. */
export async function applyDaprCharts(
  { releases }: AddonCluster,
  scopes: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const labels = { 'slipway.dev/environment': 'todo', 'slipway.dev/fingerprint': '0123456789ab' };
  for (const release of daprReleases(daprAppsNamespace, scopes))
    await releases.apply(release, { labels, signal });
}

export async function untilAppsReady(api: ClusterApi, signal: AbortSignal): Promise<void> {
  const query = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: daprAppsNamespace };
  const manifest: ClusterObject[] = await api.list(query, signal);
  const wait = { api, manifest, namespace: daprAppsNamespace, deadlineMs: 120_000 };
  await waitForRelease(wait, { signal, report: () => {} });
}

async function appImages({ mode, workshop }: AddonCluster, task: Task): Promise<AppImages> {
  if (mode === 'registry')
    return {
      ...{ node: 'node:24-bookworm-slim', redis: 'redis:7.0.15-bookworm', pullPolicy: 'IfNotPresent' },
    };
  const artifacts = await baseImageArtifacts(workshop);
  const find = (id: string): Artifact | undefined => artifacts.find((artifact) => artifact.id === id);
  // What only something else was made of is not made when that is there.
  const ensure = async (artifact: Artifact | undefined): Promise<void> => {
    if (artifact === undefined || (await artifact.isPresent(task.signal))) return;
    for (const id of artifact.needs) await ensure(find(id));
    await makeArtifacts([artifact], task);
  };
  const [node, redis] = [find('base-node')!, find('base-redis')!];
  for (const image of [node, redis]) await ensure(image);
  return { node: node.location, redis: redis.location, pullPolicy: 'Never' };
}
