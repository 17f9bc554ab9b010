// The real adapters as subjects of the contract suites, each in a namespace of its own on a real cluster.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HelmCli } from '../../../src/releases/helm/helm-cli.ts';
import type { ClusterApi } from '../../../src/kubernetes/client/cluster-api.ts';
import { connectCluster } from '../../../src/kubernetes/client/connect-cluster.ts';
import { ensureNamespace } from '../../../src/kubernetes/ensure-namespace.ts';
import type { ClusterApiUnderTest } from '../../contract/cluster-api.contract.ts';
import type { ReleaseStoreUnderTest } from '../../contract/release-store.contract.ts';
import { until } from '../../support/until.ts';
import type { HelmTestCluster } from '../helm/helm-releases.ts';
import type { TestCluster } from './release-troubles.ts';

const { signal } = new AbortController();

/** For clusterApiContract. */
export async function clusterApiOnCluster(cluster: TestCluster): Promise<ClusterApiUnderTest> {
  const { api, namespace, dispose } = await openNamespace(cluster);
  try {
    return { api, namespace, endedPod: await runToItsEnd(api, namespace, cluster.image), dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function runToItsEnd(api: ClusterApi, namespace: string, image: string): Promise<string> {
  const name = 'ended';
  const kind = { apiVersion: 'v1', kind: 'Pod' };
  // Made a moment after its namespace; without it no pod is admitted.
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', name: 'default', namespace };
  await until('the namespace has an account', async () => (await api.get(account, signal)) !== undefined);
  const container = { name: 'main', image, imagePullPolicy: 'Never', args: ['done'] };
  const spec = { restartPolicy: 'Never', containers: [container] };
  await api.apply({ ...kind, metadata: { name, namespace }, spec }, { signal });
  await until('the pod has ended', async () => {
    const found = await api.get({ ...kind, name, namespace }, signal);
    return (found?.['status'] as { phase?: string } | undefined)?.phase === 'Succeeded';
  });
  return name;
}

/** For releaseStoreContract. */
export async function helmCliOnCluster(cluster: HelmTestCluster): Promise<ReleaseStoreUnderTest> {
  const { commands, helm, kubeconfigFile } = cluster;
  const { api, namespace, dispose } = await openNamespace(cluster);
  const folder = await mkdtemp(join(tmpdir(), 'helm-cli-'));
  const chart = join(import.meta.dirname, '../helm/chart');
  return {
    store: new HelmCli({
      ...{ commands, kubeconfigFile, cacheFolder: folder },
      helm: async () => helm,
      connect: async () => api,
    }),
    namespace,
    chart,
    async installForeign(name) {
      const place = ['--namespace', namespace, '--kubeconfig', kubeconfigFile];
      await commands.run({ program: helm, args: ['install', name, chart, ...place, '--set', 'replicas=0'] });
    },
    async dispose() {
      await dispose();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function openNamespace({ kubeconfigFile }: TestCluster) {
  const api: ClusterApi = await connectCluster({ kubeconfigFile });
  const name = `slipway-test-${Math.random().toString(36).slice(2, 8)}`;
  await ensureNamespace({ api, name, environment: 'test' }, signal);
  return {
    api,
    namespace: name,
    async dispose() {
      // What is still going when the cluster is taken away goes with it.
      await api.delete({ apiVersion: 'v1', kind: 'Namespace', name }, signal);
    },
  };
}
