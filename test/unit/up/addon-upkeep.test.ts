// Addons are left alone when right, upgraded when version or values differ, and put back when deleted by hand.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { StoredRelease } from '../../../src/releases/release-store.ts';
import { ownershipLabels } from '../../../src/kubernetes/ownership.ts';
import { diskContent } from '../../../src/images/content-reader.ts';
import { describeEnvironment, type DescribeOptions } from '../../../src/up/describe-environment.ts';
import { judgeReleases } from '../../../src/up/observe-state.ts';
import { ArtifactCache } from '../../../src/packages/artifact-cache.ts';
import { FakeClusterApi } from '../../fakes/cluster-api.ts';
import { FakeImageStore } from '../../fakes/image-store.ts';
import { ProgramAnswers } from '../../fakes/program-answers.ts';
import { EnvironmentStory } from '../../support/environment-story.ts';
import { smallEnvironment, smallPlace, smallPlot } from '../../support/small-environment.ts';

const { signal } = new AbortController();
const projectFolder = join(import.meta.dirname, '../../..');

/** By addon, what its release is recognised by. */
async function fingerprintsOf(
  values: Readonly<Record<string, unknown>>,
  content: DescribeOptions['content'] = diskContent,
): Promise<Record<string, string>> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-upkeep-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const addons = { 'cert-manager': {}, dapr: { values }, 'ingress-nginx': {}, 'metrics-server': {} };
  const environment = smallEnvironment({ addons, images: {}, releases: {} });
  const mmdebstrap = {
    ...{ id: 'mmdebstrap', title: 'mmdebstrap', needs: [], fingerprint: '1', location: '/mmdebstrap' },
    ...{ isPresent: async () => true, make: async () => undefined },
  };
  const { desired } = await describeEnvironment({
    ...{ place: smallPlace('/state'), environment, projectFolder, slipwayFolder: projectFolder, signal },
    ...{ source: 'registry', ports: [], proxyArgs: {}, toolArtifacts: [], mmdebstrap, content },
    workshop: {
      cache: new ArtifactCache(folder),
      commands: new ProgramAnswers().answer('npm config list --json', '{}'),
      ...{ goVersion: 'go1.26.8', platform: 'linux/amd64', images: new FakeImageStore() },
    },
  });
  return Object.fromEntries(desired.releases.map(({ name, fingerprint }) => [name, fingerprint]));
}

test.each<[string, () => ReturnType<typeof fingerprintsOf>, string[]]>([
  ['the same values leave every addon alone', () => fingerprintsOf({}), []],
  [
    'other values upgrade the addon that they are for',
    () => fingerprintsOf({ dapr_sentry: { logLevel: 'warn' } }),
    ['dapr'],
  ],
  [
    'another version, which is another chart, upgrades that addon',
    () =>
      fingerprintsOf(
        {},
        {
          ...diskContent,
          chart: async (folder) =>
            basename(folder) === 'dapr' ? ['another version'] : diskContent.chart(folder),
        },
      ),
    ['dapr'],
  ],
])('%s', async (_title, later, upgraded) => {
  const [before, after] = [await fingerprintsOf({}), await later()];
  expect(Object.keys(before).sort()).toEqual(['cert-manager', 'dapr', 'ingress-nginx', 'metrics-server']);
  expect(Object.keys(before).filter((name) => before[name] !== after[name])).toEqual(upgraded);
});

test('what was deleted of an addon by hand is put back, and nothing else is done', async () => {
  await using story = await EnvironmentStory.begin(smallPlot);
  await story.up();
  const before = await story.look();
  story.machine.cluster!.api.remove({
    ...{ apiVersion: 'v1', kind: 'Pod', name: 'controller', namespace: 'controller' },
  });
  expect((await story.up()).todo).toEqual(['policy:charts', 'addon:controller']);
  expect((await story.look()).objects).toEqual(before.objects);
  expect((await story.up()).todo).toEqual([]);
});

test('an addon without a definition that helm does not look after is not ready', async () => {
  const status = { conditions: [{ type: 'Established', status: 'True' }] };
  const definition = (name: string) => ({
    ...{
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name },
      status,
    },
  });
  const plurals = ['components', 'configurations', 'httpendpoints', 'resiliencies', 'subscriptions'];
  const api = plurals.reduce(
    (cluster, plural) => cluster.add(definition(`${plural}.dapr.io`)),
    new FakeClusterApi(),
  );
  const stored: StoredRelease = {
    ...{ name: 'dapr', namespace: 'dapr-system', revision: 1, status: 'deployed', manifest: '' },
    labels: ownershipLabels('small'),
  };
  const [whole] = await judgeReleases(api, [stored], signal);
  expect(whole?.verdict.state).toBe('ready');
  api.remove({ ...definition(''), name: 'resiliencies.dapr.io' });
  const [broken] = await judgeReleases(api, [stored], signal);
  expect(broken?.verdict).toMatchObject({
    state: 'waiting',
    waitingFor: [expect.stringContaining('resiliencies.dapr.io')],
  });
});
