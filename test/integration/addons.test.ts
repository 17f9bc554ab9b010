// Everything about addons that has to be seen on a real cluster, on one of them: a cluster is expensive.

import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { ZxCommandRunner } from '../../src/process/zx-command-runner.ts';
import { TOOLS_TIMEOUT_MS } from '../support/real-cluster.ts';
import { describeAccessAndFlows } from './addon/access-and-flows.ts';
import { startAcmeServer } from './addon/acme-server.ts';
import { type AddonCluster, makeAddonCluster } from './addon/addon-cluster.ts';
import { describeAddonLife, describeAddonRemoval } from './addon/addon-life.ts';
import { describeCertManager } from './addon/cert-manager.ts';
import { startDaprApps } from './addon/dapr-apps.ts';
import { describeDapr } from './addon/dapr.ts';
import { describeLocalTls } from './addon/local-tls.ts';
import { describeMetricsServer } from './addon/metrics-server.ts';
import { describeRouteUpdates } from './addon/route-updates.ts';

async function problemHere(): Promise<string> {
  const isGoThere = (await new ZxCommandRunner({ env: process.env }).find('go')) !== undefined;
  return inject('engineProblem') || (isGoThere ? '' : 'go is not on PATH: what the tests need is compiled');
}

function describeOnCluster(): void {
  describe('addons on a real cluster', () => {
    let made: AddonCluster | undefined;
    const use = (): AddonCluster => {
      if (!made) throw new Error('there is no cluster');
      return made;
    };

    beforeAll(async () => {
      const { signal } = new AbortController();
      made = await makeAddonCluster(signal);
      // What takes a while to start does so together.
      await Promise.all([startAcmeServer(made, signal), startDaprApps(made, signal)]);
    }, TOOLS_TIMEOUT_MS);
    afterAll(() => made?.[Symbol.asyncDispose]());

    describeCertManager(use);
    describeLocalTls(use);
    describeDapr(use);
    describeMetricsServer(use);
    describeRouteUpdates(use);
    describeAccessAndFlows(use);
    describeAddonLife(use);
    // Last: nothing of them is there afterwards.
    describeAddonRemoval(use);
  });
}

/** One test stands for all of them: where there is no cluster, the hooks of the suites would fail. */
function describeAbsence(): void {
  describe('addons on a real cluster', () => {
    beforeEach((context) => context.skip(problem));

    test('nothing can be seen', () => expect(problem).toBe(''));
  });
}

const problem = await problemHere();
const register = problem === '' ? describeOnCluster : describeAbsence;
register();
