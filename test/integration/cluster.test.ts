// Everything that has to be seen on a real cluster, on one of them: a cluster is expensive.

import { afterAll, beforeAll, describe, inject, test } from 'vitest';
import { ZxCommandRunner } from '../../scripts/process/zx-command-runner.ts';
import { clusterApiContract } from '../contract/cluster-api.contract.ts';
import { releaseStoreContract } from '../contract/release-store.contract.ts';
import { makeRealCluster, openRealTools, TOOLS_TIMEOUT_MS } from '../support/real-cluster.ts';
import { describeHelmReleases, type HelmTestCluster } from './helm/helm-releases.ts';
import { clusterApiOnCluster, helmCliOnCluster } from './kubernetes/contract-subjects.ts';
import { loadPodImage, podImageOf } from './kubernetes/pod-image.ts';
import { describeReleaseTroubles } from './kubernetes/release-troubles.ts';

async function problemHere(): Promise<string> {
  const isGoThere = (await new ZxCommandRunner({ env: process.env }).find('go')) !== undefined;
  return (
    inject('engineProblem') || (isGoThere ? '' : 'go is not on PATH: the pods of these tests are compiled')
  );
}
const problem = await problemHere();

// Known before anything is made: hooks of the suites would fail where there is no cluster.
if (problem) test('what has to be seen on a real cluster', (context) => context.skip(problem));
else
  describe('on a real cluster', () => {
    const { signal } = new AbortController();
    const toTakeAway = new AsyncDisposableStack();
    let made: HelmTestCluster | undefined;
    const use = (): HelmTestCluster => {
      if (!made) throw new Error('there is no cluster');
      return made;
    };

    beforeAll(async () => {
      const tools = await openRealTools(signal);
      const cluster = toTakeAway.use(await makeRealCluster(tools, signal));
      toTakeAway.defer(async () => void (await tools.images.remove(podImageOf(cluster.name), signal)));
      const image = await loadPodImage(cluster, signal);
      made = { ...tools, kubeconfigFile: cluster.kubeconfigFile, image };
    }, TOOLS_TIMEOUT_MS);
    afterAll(() => toTakeAway.disposeAsync());

    clusterApiContract({ title: 'RestClusterApi', make: () => clusterApiOnCluster(use()) });
    releaseStoreContract({ title: 'HelmCli', make: () => helmCliOnCluster(use()) });
    describeReleaseTroubles(use);
    describeHelmReleases(use);
  });
