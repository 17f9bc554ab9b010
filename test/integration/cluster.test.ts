// Everything that has to be seen on a real cluster, on one of them: a cluster is expensive.

import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { ZxCommandRunner } from '../../src/process/zx-command-runner.ts';
import { clusterApiContract } from '../contract/cluster-api.contract.ts';
import { releaseStoreContract } from '../contract/release-store.contract.ts';
import { failureOf } from '../support/failure-of.ts';
import {
  makeRealCluster,
  openRealTools,
  testClusterName,
  TOOLS_TIMEOUT_MS,
} from '../support/real-cluster.ts';
import { describeHelmReleases, type HelmTestCluster } from './helm/helm-releases.ts';
import { clusterApiOnCluster, helmCliOnCluster } from './kubernetes/contract-subjects.ts';
import { buildPodImage } from './kubernetes/pod-image.ts';
import { describeReleaseTroubles } from './kubernetes/release-troubles.ts';
import { describeSecretFollows } from './kubernetes/secret-follows.ts';

async function problemHere(): Promise<string> {
  const isGoThere = (await new ZxCommandRunner({ env: process.env }).find('go')) !== undefined;
  return (
    inject('engineProblem') || (isGoThere ? '' : 'go is not on PATH: the pods of these tests are compiled')
  );
}

function describeOnCluster(): void {
  describe('on a real cluster', () => {
    const { signal } = new AbortController();
    const toTakeAway = new AsyncDisposableStack();
    let made: HelmTestCluster | undefined;
    let node = '';
    const use = (): HelmTestCluster => {
      if (!made) throw new Error('there is no cluster');
      return made;
    };

    beforeAll(async () => {
      const tools = await openRealTools(signal);
      const image = `slipway.local/${testClusterName()}/pod:1`;
      toTakeAway.defer(async () => void (await tools.images.remove(image, signal)));
      const building = buildPodImage(tools, image, signal);
      // Its failure is told where it is awaited, below; here it only has to be over.
      const built = building.catch(() => {});
      toTakeAway.defer(() => built);
      const { kubeconfigFile, nodes } = toTakeAway.use(await makeRealCluster(tools, signal));
      node = nodes[0]!;
      await building;
      await tools.loader.load({ references: [image], nodes }, { signal, report: () => {} });
      made = { ...tools, kubeconfigFile, image };
    }, TOOLS_TIMEOUT_MS);
    afterAll(() => toTakeAway.disposeAsync());

    test('what is sent to a service that nobody knows is refused, and does not leave the node', async () => {
      const connect = 'echo >/dev/tcp/10.96.200.200/443';
      const args = ['exec', node, 'timeout', '5', 'bash', '-c', connect];
      const failure = await failureOf(use().commands.run({ program: 'docker', args, signal }));
      expect(failure.details.join()).toContain('Connection refused');
    });

    clusterApiContract({ title: 'RestClusterApi', make: () => clusterApiOnCluster(use()) });
    releaseStoreContract({ title: 'HelmCli', make: () => helmCliOnCluster(use()) });
    describeReleaseTroubles(use);
    describeHelmReleases(use);
    describeSecretFollows(use);
  });
}

/** One test stands for all of them: where there is no cluster, the hooks of the suites would fail. */
function describeAbsence(): void {
  describe('on a real cluster', () => {
    beforeEach((context) => context.skip(problem));

    test('nothing can be seen', () => expect(problem).toBe(''));
  });
}

const problem = await problemHere();
const register = problem === '' ? describeOnCluster : describeAbsence;
register();
