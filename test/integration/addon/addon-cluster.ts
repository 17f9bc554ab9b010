// A cluster for the suites of addons, with all of them in it: `npm run up` installs them, `npm run down` takes them away.

import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Addon } from '../../../src/addons/addon.ts';
import { addonCatalog } from '../../../src/addons/addon-catalog.ts';
import type { PortMapping } from '../../../src/cluster/cluster-driver.ts';
import { findFolders } from '../../../src/state/state-folders.ts';
import { HelmCli } from '../../../src/releases/helm/helm-cli.ts';
import type { ReleaseSpec, ReleaseStore } from '../../../src/releases/release-store.ts';
import type { ClusterApi, ClusterObject } from '../../../src/kubernetes/client/cluster-api.ts';
import { connectCluster } from '../../../src/kubernetes/client/connect-cluster.ts';
import { parseManifest } from '../../../src/kubernetes/parse-manifest.ts';
import { waitForRelease } from '../../../src/kubernetes/readiness/wait-for-release.ts';
import type { Task } from '../../../src/task.ts';
import { ArtifactCache } from '../../../src/packages/artifact-cache.ts';
import type { Artifact } from '../../../src/packages/artifact.ts';
import { observeGoToolchain } from '../../../src/packages/go-toolchain.ts';
import type { Workshop } from '../../../src/packages/workshop.ts';
import { copyProject } from '../../support/project-copy.ts';
import { openRealTools, type RealTools } from '../../support/real-cluster.ts';
import { expectExit, runSlipway, type SlipwayRun } from '../../support/run-slipway.ts';

export type AddonName = 'cert-manager' | 'dapr' | 'ingress-nginx' | 'metrics-server';
export type AddonValues = Partial<Record<AddonName, Readonly<Record<string, unknown>>>>;

export interface AddonCluster extends AsyncDisposable {
  readonly tools: RealTools;
  readonly workshop: Workshop;
  readonly mode: 'packages' | 'registry';
  readonly api: ClusterApi;
  readonly releases: ReleaseStore;
  readonly nodes: readonly string[];
  /** Ports of this machine that lead into it. */
  readonly ports: readonly PortMapping[];
  /** What the first `up` said. */
  readonly firstUp: SlipwayRun;
  addon(name: AddonName): Addon;
  /** `npm run up`, with further values for addons. Rejects, with what it said, when it fails. */
  up(values?: AddonValues): Promise<SlipwayRun>;
  /** `npm run down -- --keep-cluster --keep-images` */
  down(): Promise<SlipwayRun>;
}

/** Folder of the project, where charts/ and dockerfiles/ are. */
export const projectFolder = join(import.meta.dirname, '../../..');

const values: AddonValues = {
  // Between two tries of a challenge; 10 s if not said.
  'cert-manager': { extraArgs: ['--dns01-check-retry-period=1s'] },
};
const READY_WITHIN_MS = 120_000;

export async function makeAddonCluster(signal: AbortSignal): Promise<AddonCluster> {
  const tools = await openRealTools(signal);
  const { commands, images, helm, nodeImage, driver } = tools;
  const folders = findFolders(projectFolder, process.env, homedir());
  const cache = new ArtifactCache(join(folders.cache, 'artifacts'));
  const workshop = { cache, commands, images, ...(await observeGoToolchain(commands, signal)) };
  // Where registries answer, the node image is kind's own.
  const mode = nodeImage === undefined ? 'registry' : 'packages';

  await using made = new AsyncDisposableStack();
  const project = await copyProject();
  made.defer(() => project.remove());
  const { clusterName, kubeconfigFile } = project;
  // Also after a stop, and with a signal of its own. `down` would take images away that other tests need.
  made.defer(() => driver.delete(clusterName, { signal: AbortSignal.timeout(120_000), report: () => {} }));

  const up = async (further: AddonValues = {}): Promise<SlipwayRun> => {
    await project.configure((environment) => {
      Object.assign(environment, { images: {}, secrets: {}, releases: {}, urls: {}, hosts: [] });
      for (const [name, addon] of Object.entries(environment.addons ?? {}))
        addon.values = { ...values[name as AddonName], ...further[name as AddonName] };
    });
    // The releases of these tests are none of the config.
    const run = await runSlipway({ project, command: 'up', args: ['--keep-orphans'], signal });
    expectExit(run, 0);
    return run;
  };
  const firstUp = await up();

  const { nodes, ports } = await driver.observe(clusterName, signal);
  const addons = new Map<string, Addon>();
  for (const [name, { make }] of addonCatalog)
    addons.set(
      name,
      await make({ mode, workshop, projectFolder, ports, values: values[name as AddonName] ?? {} }),
    );
  const api = await connectCluster({ kubeconfigFile });
  const cacheFolder = join(project.folder, 'cache');
  const releases = new HelmCli({
    ...{ commands, kubeconfigFile, cacheFolder },
    helm: async () => helm,
    connect: async () => api,
  });
  const kept = made.move();
  return {
    ...{ tools, workshop, mode, api, releases, nodes, ports, firstUp, up },
    addon: (name) => addons.get(name)!,
    async down() {
      const args = ['--keep-cluster', '--keep-images'];
      const run = await runSlipway({ project, command: 'down', args, signal });
      expectExit(run, 0);
      return run;
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** In their order, where they are missing. */
export async function makeArtifacts(artifacts: readonly Artifact[], task: Task): Promise<void> {
  for (const artifact of artifacts) {
    if (await artifact.isPresent(task.signal)) continue;
    process.stderr.write(`${artifact.title}: not there yet, is made now\n`);
    await artifact.make(task);
  }
}

/** A release of a test's own; resolves with its objects when they are ready. */
export async function installChart(
  { api, releases }: AddonCluster,
  release: ReleaseSpec,
  task: Task,
  deadlineMs = READY_WITHIN_MS,
): Promise<ClusterObject[]> {
  const { signal } = task;
  await releases.lint(release, signal);
  const manifest = parseManifest(await releases.render(release, signal), release.namespace);
  const labels = { 'slipway.dev/environment': 'todo', 'slipway.dev/fingerprint': '0123456789ab' };
  await releases.apply(release, { labels, signal });
  await waitForRelease({ api, manifest, namespace: release.namespace, deadlineMs }, task);
  return manifest;
}
