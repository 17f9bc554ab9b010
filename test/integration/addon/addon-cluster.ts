// A cluster for the suites of addons, and what `up` and `down` do with an addon in it.

import { mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Addon } from '../../../scripts/addon/addon.ts';
import { findFolders } from '../../../scripts/command/folders.ts';
import { HelmCli } from '../../../scripts/helm/helm-cli.ts';
import type { ReleaseStore } from '../../../scripts/helm/release-store.ts';
import type { ClusterApi, ClusterObject } from '../../../scripts/kubernetes/cluster-api.ts';
import { connectCluster } from '../../../scripts/kubernetes/connect-cluster.ts';
import { ensureNamespace } from '../../../scripts/kubernetes/ensure-namespace.ts';
import { parseManifest } from '../../../scripts/kubernetes/parse-manifest.ts';
import { waitForGone } from '../../../scripts/kubernetes/wait-for-gone.ts';
import { waitForRelease } from '../../../scripts/kubernetes/wait-for-release.ts';
import type { Task } from '../../../scripts/task.ts';
import { ArtifactCache } from '../../../scripts/toolchain/artifact-cache.ts';
import type { Artifact } from '../../../scripts/toolchain/artifact.ts';
import { observeGoToolchain } from '../../../scripts/toolchain/go-toolchain.ts';
import type { Workshop } from '../../../scripts/toolchain/workshop.ts';
import { makeRealCluster, openRealTools, type RealTools } from '../../support/real-cluster.ts';

export interface AddonCluster extends AsyncDisposable {
  readonly tools: RealTools;
  readonly workshop: Workshop;
  readonly mode: 'packages' | 'registry';
  readonly api: ClusterApi;
  readonly releases: ReleaseStore;
  readonly kubeconfigFile: string;
  readonly nodes: readonly string[];
}

/** Folder of the project, where charts/ and dockerfiles/ are. */
export const projectFolder = join(import.meta.dirname, '../../..');

const READY_WITHIN_MS = 240_000;
const GONE_WITHIN_MS = 120_000;

export async function makeAddonCluster(signal: AbortSignal): Promise<AddonCluster> {
  const tools = await openRealTools(signal);
  const { commands, images, helm, nodeImage } = tools;
  const folders = findFolders(projectFolder, process.env, homedir());
  const cache = new ArtifactCache(join(folders.cache, 'artifacts'));
  const workshop = { cache, commands, images, ...(await observeGoToolchain(commands, signal)) };
  await using made = new AsyncDisposableStack();
  const cacheFolder = await mkdtemp(join(tmpdir(), 'slipway-addons-'));
  made.defer(() => rm(cacheFolder, { recursive: true, force: true }));
  const { kubeconfigFile, nodes } = made.use(await makeRealCluster(tools, signal));
  const api = await connectCluster({ kubeconfigFile });
  const releases = new HelmCli({ commands, helm, kubeconfigFile, cacheFolder, connect: async () => api });
  const kept = made.move();
  return {
    tools,
    workshop,
    // Where registries answer, the node image is kind's own.
    mode: nodeImage === undefined ? 'registry' : 'packages',
    api,
    releases,
    kubeconfigFile,
    nodes,
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

/** Resolves when its workloads are ready; proves nothing. */
export async function installAddon(cluster: AddonCluster, addon: Addon, task: Task): Promise<void> {
  const { api, releases, tools, nodes } = cluster;
  const { release } = addon;
  await makeArtifacts(addon.artifacts, task);
  await tools.loader.load({ references: addon.images, nodes }, task);
  await ensureNamespace({ api, name: release.namespace, environment: 'test' }, task.signal);
  await releases.lint(release, task.signal);
  const labels = { 'slipway.dev/environment': 'test', 'slipway.dev/fingerprint': '0123456789ab' };
  await releases.apply(release, { labels, signal: task.signal });
  const manifest = await manifestOf(cluster, addon, task.signal);
  const { namespace } = release;
  await waitForRelease({ api, manifest, namespace, deadlineMs: READY_WITHIN_MS }, task);
}

/** Resolves when every object of its release is gone. */
export async function uninstallAddon(cluster: AddonCluster, addon: Addon, task: Task): Promise<void> {
  const { api, releases } = cluster;
  const manifest = await manifestOf(cluster, addon, task.signal);
  await releases.uninstall(addon.release, task.signal);
  const references = manifest.map(({ apiVersion, kind, metadata: { name, namespace } }) => ({
    apiVersion,
    kind,
    name,
    namespace,
  }));
  await waitForGone({ api, references, deadlineMs: GONE_WITHIN_MS }, task);
}

async function manifestOf(
  { releases }: AddonCluster,
  { release }: Addon,
  signal: AbortSignal,
): Promise<ClusterObject[]> {
  return parseManifest(await releases.render(release, signal), release.namespace);
}
